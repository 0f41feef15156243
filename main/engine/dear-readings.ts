// What is large where it is read: it is polled more slowly, so that it costs neither node nor wire more than a small one. The filters of
// a node with 1,000 Services are 17,000 rules, 2 MB and 200 ms of its CPU a reading; every 10 s that would be 2 % of a CPU.
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';

/** Bytes a second and node that polling filters may send: 2 MB every 40 s, 0.5 % of a CPU. */
const bytesPerSecond = 50_000;
/** A longer rest would show a change, and rates, too late to be of use. */
const longestRestMs = 60_000;
/** What is so much by itself, and would be taken for filters. */
const large: readonly DiscoveryPart[] = ['routes', 'pods', 'counters', 'logs', 'inside'];

export class DearReadings {
  #restMs = 0;
  #readAt = -Infinity;

  /** A reading ended. @param now ms of a clock that only rises. */
  note(parts: readonly DiscoveryPart[], bytes: number, now: number): void {
    if (!parts.includes('firewall')) return;
    this.#readAt = now;
    if (parts.some((part) => large.includes(part))) return;
    this.#restMs = Math.min((bytes / bytesPerSecond) * 1000, longestRestMs);
  }

  /** Those of the parts that the clock may ask for now. */
  due(parts: readonly DiscoveryPart[], now: number): DiscoveryPart[] {
    return parts.filter((part) => part !== 'firewall' || now - this.#readAt >= this.#restMs);
  }
}
