// A path that takes small segments and not large ones, which no router may cut: they are sent again and again, and vanish behind the same
// place, while smaller ones pass (RFC 2923 2.1). A loss that hits large and small alike is none.
import { Trait, type Refusal, type Trail } from '../model.ts';
import type { HealthState } from './model.ts';

/** Lost large segments before it is said. */
const LOST_AT_LEAST = 3;
const MOST_SEQUENCES = 16;

interface Lost {
  readonly after: number;
  readonly before: number | null;
  least: number;
  /** Payload of what has arrived since some of it was lost again; -1: nothing has. */
  most: number;
  /** What has no payload has passed between two of the losses: after them all, the path may have been mended. */
  passesBetween: boolean;
  times: number;
  since: number;
  last: number;
  tooBig: Refusal | null;
  /** How often the bytes from there on were lost. */
  readonly sequences: Map<number, number>;
}

export class BlackHole {
  #lost: Lost | null = null;

  /** Any packet of TCP, in order of time. */
  add(trail: Trail): void {
    const { verdict, bytes } = trail;
    const lost = this.#lost;
    if (verdict === 'delivered') {
      if (lost === null) return;
      if (bytes >= lost.least) this.#lost = null;
      // Before, it says nothing: the path may have broken since.
      else if (wasSentAgain(lost)) lost.most = Math.max(lost.most, bytes);
      return;
    }
    const tooBig = tooBigOf(trail);
    if (verdict !== 'dropped' && tooBig === null) return;
    // What a rule takes is not too large.
    if (trail.because !== null) return;
    // Where small ones are lost, too, size is not why.
    if (bytes === 0 || (lost !== null && bytes <= lost.most)) {
      if (trail.stop?.after === lost?.after) this.#lost = null;
    } else if ((trail.traits & Trait.whole) !== 0) this.#lose(trail, tooBig);
  }

  /** What another one saw of the same stream: of two places the one where it was lost last. */
  join(other: BlackHole): void {
    const [lost, also] = [this.#lost, other.#lost];
    if (also === null) return;
    if (lost?.after !== also.after) {
      if (lost === null || also.last > lost.last) this.#lost = also;
      return;
    }
    lost.least = Math.min(lost.least, also.least);
    lost.most = Math.max(lost.most, also.most);
    lost.passesBetween ||= also.passesBetween;
    lost.times += also.times;
    lost.since = Math.min(lost.since, also.since);
    lost.last = Math.max(lost.last, also.last);
    lost.tooBig ??= also.tooBig;
    for (const [sequence, times] of also.sequences)
      lost.sequences.set(sequence, (lost.sequences.get(sequence) ?? 0) + times);
  }

  get state(): HealthState | null {
    const lost = this.#lost;
    if (lost === null || lost.times < LOST_AT_LEAST || lost.most < 0) return null;
    if (lost.most === 0 && !lost.passesBetween) return null;
    const { after, before, least, most, times, since, last, tooBig } = lost;
    return { kind: 'blackHole', after, before, least, most, times, since, last, tooBig };
  }

  #lose({ bytes, sightings, stop, sequence }: Trail, tooBig: Refusal | null): void {
    const at = sightings[0]?.at ?? 0;
    const after = stop?.after ?? sightings.at(-1)?.visit ?? 0;
    if (this.#lost?.after !== after)
      this.#lost = {
        ...{
          after,
          before: stop?.before ?? null,
          least: bytes,
          most: -1,
          passesBetween: false,
          times: 0,
          since: at,
          last: at,
          tooBig,
        },
        sequences: new Map(),
      };
    const lost = this.#lost;
    lost.least = Math.min(lost.least, bytes);
    lost.passesBetween ||= lost.most >= 0;
    lost.times += 1;
    lost.last = Math.max(lost.last, at);
    lost.tooBig ??= tooBig;
    if (lost.sequences.size < MOST_SEQUENCES || lost.sequences.has(sequence))
      lost.sequences.set(sequence, (lost.sequences.get(sequence) ?? 0) + 1);
  }
}

function wasSentAgain({ sequences }: Lost): boolean {
  return [...sequences.values()].some((times) => times > 1);
}

function tooBigOf({ verdict, refusal }: Trail): Refusal | null {
  if (verdict !== 'rejected' || refusal?.kind !== 'icmp') return null;
  const { family, type, code } = refusal;
  return (family === 4 ? type === 3 && code === 4 : type === 2) ? refusal : null;
}
