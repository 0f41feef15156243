// When who receives a stream could take no more of it: its packets say so by a window of 0 (RFC 9293 3.8.6), until one of them says otherwise.
import { Trait, type Trail } from '../model.ts';
import type { HealthState } from './model.ts';

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;

export class ClosedWindow {
  /** Session time, ns; null: it is open. */
  #closedAt: number | null = null;
  #closedNs = 0;
  #times = 0;
  #since = 0;
  #last = 0;

  /** Any packet of TCP, in order of time. */
  add({ flags, traits, sightings }: Trail): void {
    const at = sightings[0]?.at;
    // Of a reset the window means nothing, and of a SYN's nothing is known of what comes.
    if (at === undefined || (flags & SYN) !== 0) return;
    const isClosed = (traits & Trait.windowClosed) !== 0;
    // Who has said all and heard all may close as it likes.
    if (isClosed && (flags & (RST | FIN)) === 0) this.#close(at);
    else if (this.#closedAt !== null) {
      this.#closedNs += Math.max(0, at - this.#closedAt);
      this.#closedAt = null;
    }
  }

  get state(): HealthState | null {
    if (this.#times === 0) return null;
    const open = this.#closedAt === null ? 0 : Math.max(0, this.#last - this.#closedAt);
    return {
      ...{ kind: 'windowClosed', times: this.#times, since: this.#since, last: this.#last },
      ...{ closedNs: this.#closedNs + open, isClosed: this.#closedAt !== null },
    };
  }

  #close(at: number): void {
    this.#last = Math.max(this.#last, at);
    if (this.#closedAt !== null) return;
    this.#closedAt = at;
    this.#times += 1;
    if (this.#times === 1) this.#since = at;
  }
}
