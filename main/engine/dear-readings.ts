// What is large where it is read: it is polled more slowly, so that it costs neither node nor wire more than a small one. The filters of
// a node with 1,000 Services are 17,000 rules, 2 MB and 200 ms of its CPU a reading; every 10 s that would be 2 % of a CPU. To look
// into fifty Pods costs two seconds of it.
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';

/** Bytes a second and node that polling filters may send: 2 MB every 40 s, 0.5 % of a CPU. */
const bytesPerSecond = 50_000;
/** A longer rest would show a change, and rates, too late to be of use. */
const longestRestMs = 60_000;
/** Pods that are looked into with every poll and every change; of more each costs the rest that makes 1 % of a CPU of its 40 ms. */
const fewInsides = 4;
const restAnInsideMs = 4_000;
const longestInsidesRestMs = 120_000;
/** What is so much by itself, and would be taken for filters. */
const large: readonly DiscoveryPart[] = ['routes', 'pods', 'counters', 'logs', 'inside'];

export class DearReadings {
  /** By part, ms of the clock from which on it may be read again. */
  readonly #dueAt = new Map<DiscoveryPart, number>();
  #filtersRestMs = 0;

  /** A reading ended. @param insides Pods that it looked into. @param now ms of a clock that only rises. */
  note(
    parts: readonly DiscoveryPart[],
    { bytes, insides }: { bytes: number; insides: number },
    now: number,
  ): void {
    if (parts.includes('inside')) {
      const restMs = insides <= fewInsides ? 0 : Math.min(insides * restAnInsideMs, longestInsidesRestMs);
      this.#dueAt.set('inside', now + restMs);
    }
    if (!parts.includes('firewall')) return;
    if (!parts.some((part) => large.includes(part)))
      this.#filtersRestMs = Math.min((bytes / bytesPerSecond) * 1000, longestRestMs);
    this.#dueAt.set('firewall', now + this.#filtersRestMs);
  }

  /** Those of the parts that the clock may ask for now. */
  due(parts: readonly DiscoveryPart[], now: number): DiscoveryPart[] {
    return parts.filter((part) => now >= (this.#dueAt.get(part) ?? -Infinity));
  }
}
