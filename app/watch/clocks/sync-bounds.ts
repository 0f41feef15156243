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

/** ns. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** ns: of what was said so long ago nobody knows whether it is still so. */
const VALID_NS = 120_000_000_000;

export class SyncBounds {
  readonly #readings = new Map<number, SyncReading>();
  /** By node, when it may have been set: its own time. */
  #set: ReadonlyMap<number, readonly Span[]> = new Map();

  set(node: number, reading: SyncReading): void {
    this.#readings.set(node, reading);
  }

  /** When clocks were set: what was said before says nothing of the time behind, nor the other way round. */
  wereSet(when: ReadonlyMap<number, readonly Span[]>): void {
    this.#set = when;
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
    const [earlier, later] = [Math.min(at, reading.at), Math.max(at, reading.at)];
    if (this.#set.get(node)?.some(({ from, to }) => from <= later && to >= earlier) === true) return Infinity;
    return apart > VALID_NS ? Infinity : reading.plusMinusNs + apart * reading.drift;
  }
}
