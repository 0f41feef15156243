// Times between two vantage points, counted by size: 16 steps a power of two, so that a quantile is within 5 % of the truth, in 4 KiB however
// many there were.

const STEPS_A_POWER = 16;
/** 2^40 ns, 18 minutes: nothing is on its way so long. */
const POWERS = 40;

export class LatencyHistogram {
  readonly #counts = new Float64Array(STEPS_A_POWER * POWERS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param ns negative ones (clocks that differ by more than the way takes) count as 0 */
  add(ns: number): void {
    const step = ns < 1 ? 0 : Math.floor(Math.log2(ns) * STEPS_A_POWER);
    const index = Math.min(this.#counts.length - 1, step);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
  }

  /** ns, the middle of the step that the quantile falls into; null: nothing was counted. @param share 0 to 1 */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    let left = Math.max(1, Math.ceil(share * this.#count));
    const index = this.#counts.findIndex((count) => (left -= count) <= 0);
    return index <= 0 ? 0 : 2 ** ((index + 0.5) / STEPS_A_POWER);
  }
}
