// What nodes say of how right their own clocks are (chrony: half of root delay + root dispersion + what the clock is off by).
import { unbounded, type Bounds } from './bounds.ts';

export interface SyncReading {
  /** ns, the node's time of the reading. */
  readonly at: number;
  /** ns by which the clock may have been off then, either way. */
  readonly plusMinusNs: number;
  /** By how much more for each ns since: the synchronisation's own bound of its frequency's error. */
  readonly drift: number;
}

/** ns: of what was said so long ago nobody knows whether it is still so. */
const VALID_NS = 120_000_000_000;

export class SyncBounds {
  readonly #readings = new Map<number, SyncReading>();

  set(node: number, reading: SyncReading): void {
    this.#readings.set(node, reading);
  }

  /** How far the clock of `to` is ahead of that of `from`, each at that time of its own. */
  between(from: number, atFrom: number, to: number, atTo: number): Bounds {
    const plusMinusNs = this.#of(from, atFrom) + this.#of(to, atTo);
    return plusMinusNs === Infinity ? unbounded : { atLeast: -plusMinusNs, atMost: plusMinusNs };
  }

  #of(node: number, at: number): number {
    const reading = this.#readings.get(node);
    if (reading === undefined) return Infinity;
    const apart = Math.abs(at - reading.at);
    return apart > VALID_NS ? Infinity : reading.plusMinusNs + apart * reading.drift;
  }
}
