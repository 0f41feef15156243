// Which of a stream's bytes were sent more than once. A trail is one packet wherever it was seen, so the same packet at several points, or cut
// anew by offloading, is one already; two trails of the same bytes are a retransmission (RFC 9293 3.8.1), unless network or capture
// doubled the packet: then both have IPv4's identification in common.
import type { Trail } from '../model.ts';
import type { HealthState, Vanished } from './model.ts';

/** Stretches of the sequence that were seen: one, and one more for each hole. */
const MOST_SPANS = 64;
/** Latest packets whose identification is remembered: copies come close together. */
const MOST_COPIES = 16;
const MOST_STOPS = 4;

interface Span {
  from: number;
  to: number;
}

export class SentAgain {
  /** In order of the sequence, which is made a number that does not wrap. */
  #spans: Span[] = [];
  #highest: number | null = null;
  readonly #copies: (Span & { readonly identification: number })[] = [];
  readonly #stops: { -readonly [K in keyof Vanished]: Vanished[K] }[] = [];
  #packet = 0;
  #times = 0;
  #bytes = 0;
  #since = 0;
  #last = 0;

  /** A SYN: what comes is another stream. */
  begin(): void {
    this.#spans = [];
    this.#highest = null;
  }

  /** Of TCP with payload, in order of time. */
  add(trail: Trail): void {
    const { sequence, bytes, sightings, verdict, identification } = trail;
    const [first] = sightings;
    if (first === undefined) return;
    if (verdict === 'dropped' && trail.stop !== null) this.#vanished(trail.stop);
    const before = this.#highest ?? sequence;
    const from = before + ((sequence - (before >>> 0)) | 0);
    const span = { from, to: from + bytes };
    const isKeepAlive = bytes === 1 && span.to === this.#highest;
    if (!isKeepAlive && this.#isAgain(span, identification, verdict === 'ambiguous')) {
      // What was sent at once may have several fates, and is a trail for each.
      if (this.#times === 0) this.#since = first.at;
      if (first.number !== this.#packet) this.#times += 1;
      this.#packet = first.number;
      this.#bytes += bytes;
      this.#last = Math.max(this.#last, first.at);
    }
    this.#keep(span);
    this.#highest = Math.max(this.#highest ?? span.to, span.to);
    this.#copies.push({ ...span, identification });
    if (this.#copies.length > MOST_COPIES) this.#copies.shift();
  }

  /** What another one saw of the same stream. */
  join(other: SentAgain): void {
    const [highest, also] = [this.#highest, other.#highest];
    // Each made numbers that do not wrap of the sequence, from where it began.
    const apart = highest === null || also === null ? 0 : ((also - highest) | 0) - (also - highest);
    for (const { from, to } of other.#spans) this.#keep({ from: from + apart, to: to + apart });
    if (also !== null) this.#highest = Math.max(highest ?? -Infinity, also + apart);
    for (const stop of other.#stops) this.#vanished(stop, stop.times);
    if (other.#times === 0) return;
    this.#since = this.#times === 0 ? other.#since : Math.min(this.#since, other.#since);
    this.#last = Math.max(this.#last, other.#last);
    this.#times += other.#times;
    this.#bytes += other.#bytes;
  }

  get state(): HealthState | null {
    if (this.#times === 0) return null;
    return {
      ...{ kind: 'resent', times: this.#times, since: this.#since, last: this.#last, bytes: this.#bytes },
      vanished: this.#stops.map((stop) => ({ ...stop })),
    };
  }

  #isAgain({ from, to }: Span, identification: number, isAmbiguous: boolean): boolean {
    if (!this.#spans.some((span) => span.from < to && span.to > from)) return false;
    const copies = this.#copies.filter((copy) => copy.from < to && copy.to > from);
    if (copies.some((copy) => copy.identification === identification) && identification !== 0) return false;
    // Without an identification of its own it may be a copy of that.
    return !isAmbiguous || (identification !== 0 && copies.length > 0);
  }

  #keep({ from, to }: Span): void {
    const apart = this.#spans.filter((span) => span.to < from || span.from > to);
    const joined = this.#spans.filter((span) => !apart.includes(span));
    const whole = {
      from: Math.min(from, ...joined.map((span) => span.from)),
      to: Math.max(to, ...joined.map((span) => span.to)),
    };
    this.#spans = [...apart, whole].sort((a, b) => a.from - b.from).slice(-MOST_SPANS);
  }

  #vanished({ after, before }: NonNullable<Trail['stop']>, times = 1): void {
    const known = this.#stops.find((stop) => stop.after === after && stop.before === before);
    if (known !== undefined) known.times += times;
    else if (this.#stops.length < MOST_STOPS) this.#stops.push({ after, before, times });
  }
}
