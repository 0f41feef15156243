// When who receives a stream could take no more of it: its packets say so by a window of 0 (RFC 9293 3.8.6), until one of them says otherwise.
import { Trait, type Trail } from '../model.ts';
import type { HealthContext, HealthState } from './model.ts';

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;

export class ClosedWindow {
  readonly #covered: HealthContext['covered'];
  /** Session time, ns, from when to when it was seen to be closed; null: it is open. */
  #closed: { readonly from: number; to: number } | null = null;
  #closedNs = 0;
  #times = 0;
  #since = 0;
  #last = 0;

  /** @param covered whether packets of a flow would have been seen at a visit's interface */
  constructor(covered: HealthContext['covered']) {
    this.#covered = covered;
  }

  /** Any packet of TCP, in order of time. */
  add({ flags, traits, sightings, flow }: Trail): void {
    const [first] = sightings;
    if (first === undefined) return;
    // Another connection of the same ports: of a SYN's window nothing is known of what comes.
    if ((flags & SYN) !== 0) {
      if (this.#closed !== null) this.#end(this.#closed.to);
      return;
    }
    const { at, visit } = first;
    // What opened it meanwhile may have been missed.
    if (this.#closed !== null && this.#covered(visit, flow, { from: this.#closed.to, to: at }) !== 'yes')
      this.#end(this.#closed.to);
    // Of a reset the window means nothing, and who has said all and heard all may close as it likes.
    if ((traits & Trait.windowClosed) !== 0 && (flags & (RST | FIN)) === 0) this.#close(at);
    else this.#end(at);
  }

  /** What another one saw of the same stream. */
  join(other: ClosedWindow): void {
    if (other.#times === 0) return;
    this.#since = this.#times === 0 ? other.#since : Math.min(this.#since, other.#since);
    this.#last = Math.max(this.#last, other.#last);
    this.#times += other.#times;
    this.#closedNs += other.#closedNs;
    if (other.#closed === null) return;
    if (this.#closed !== null) this.#end(this.#closed.to);
    this.#closed = other.#closed;
  }

  get state(): HealthState | null {
    if (this.#times === 0) return null;
    const now = this.#closed === null ? 0 : this.#closed.to - this.#closed.from;
    return {
      ...{ kind: 'windowClosed', times: this.#times, since: this.#since, last: this.#last },
      closedNs: this.#closedNs + now,
    };
  }

  #close(at: number): void {
    this.#last = Math.max(this.#last, at);
    if (this.#closed !== null) {
      this.#closed.to = Math.max(this.#closed.to, at);
      return;
    }
    this.#closed = { from: at, to: at };
    this.#times += 1;
    if (this.#times === 1) this.#since = at;
  }

  #end(at: number): void {
    if (this.#closed !== null) this.#closedNs += Math.max(0, at - this.#closed.from);
    this.#closed = null;
  }
}
