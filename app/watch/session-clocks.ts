// Session time: one time for all nodes, ns since a base second. A node's clock is behind it by so much from some packet on; what was reckoned
// before stays as it was, and knows by what.
import type { NodeTime } from '../probe/facts.ts';

export interface SessionClock {
  readonly node: number;
  /** ns to be added to the node's time. */
  readonly offset: number;
}

export class SessionClocks {
  readonly #baseSecond: number;
  readonly #clocks: SessionClock[] = [];
  readonly #current = new Map<number, number>();

  constructor(baseSecond: number) {
    this.#baseSecond = baseSecond;
  }

  /** From now on. */
  set(node: number, offset: number): void {
    const index = this.#current.get(node);
    if (index === undefined || this.#clocks[index]?.offset !== offset)
      this.#current.set(node, this.#clocks.push({ node, offset }) - 1);
  }

  /** Index of the one that a node's packets are reckoned by. */
  current(node: number): number {
    const known = this.#current.get(node);
    if (known !== undefined) return known;
    this.set(node, 0);
    return this.#current.get(node) ?? 0;
  }

  at(index: number): SessionClock | null {
    return this.#clocks[index] ?? null;
  }

  sessionTime(node: number, { s, ns }: NodeTime): number {
    return (s - this.#baseSecond) * 1e9 + ns + (this.#clocks[this.current(node)]?.offset ?? 0);
  }

  /** The node's own time of what was reckoned by that clock. */
  nodeTime(index: number, at: number): NodeTime {
    const own = at - (this.#clocks[index]?.offset ?? 0);
    const s = Math.floor(own / 1e9);
    return { s: s + this.#baseSecond, ns: own - s * 1e9 };
  }
}
