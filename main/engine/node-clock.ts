// How far a node's clock is behind ours, by when what it said of its time came here: the quickest of many sayings took next to no time.
import type { NodeTime } from '../../app/topology/model.ts';

/** ms: what comes so much later was held up, or the clock was set. */
const set = 2_000;
/** Sayings after which the quickest is known. */
const enough = 3;

export class NodeClock {
  #told = 0;
  #least = Infinity;
  #latest = Infinity;
  #wasSet = false;

  told({ s, ns }: NodeTime, now: number): void {
    const behind = now - (s * 1000 + ns / 1_000_000);
    // None comes before it is said: the clock went forward.
    if (this.#told >= enough && behind < this.#least - set) this.#wasSet = true;
    this.#told += 1;
    this.#least = Math.min(this.#least, behind);
    this.#latest = behind;
  }

  /** ms, at most as much too long as the quickest saying took; null: not known, or the clock was set meanwhile. */
  get behind(): number | null {
    if (this.#told === 0 || this.#wasSet || this.#latest - this.#least > set) return null;
    return this.#least;
  }
}
