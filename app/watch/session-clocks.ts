// Session time: one time for all nodes, ns since a base second. A node's clock is behind it by so much from some packet on; what was reckoned
// before stays as it was, and knows by what.
import type { NodeTime } from '../probe/facts.ts';

export interface SessionClock {
  readonly node: number;
  /** ns to be added to the node's time. */
  readonly offset: number;
}

/** ns by which a node's clock may be off of which nothing was told yet. */
export const UNKNOWN_NS = 500_000_000;
/** A day of one that is set anew each second for eight nodes; what is reckoned by an older one has been told long ago. */
const MOST_CLOCKS = 1 << 20;

interface Current {
  index: number;
  offset: number;
  plusMinus: number;
}

export class SessionClocks {
  readonly #baseSecond: number;
  /** By index, those that are kept. */
  readonly #clocks = new Map<number, SessionClock>();
  readonly #current: (Current | undefined)[] = [];
  #next = 0;
  #apart = 0;

  constructor(baseSecond: number) {
    this.#baseSecond = baseSecond;
  }

  /** From now on. @param plusMinus ns, a hard bound */
  set(node: number, offset: number, plusMinus: number = UNKNOWN_NS): void {
    const current = this.#current[node];
    if (current?.offset === offset) {
      current.plusMinus = plusMinus;
      this.#compare();
      return;
    }
    this.#clocks.set(this.#next, { node, offset });
    this.#current[node] = { index: this.#next, offset, plusMinus };
    this.#next += 1;
    this.#compare();
    if (this.#clocks.size > MOST_CLOCKS) this.#forgetOldest();
  }

  /** ns that are added to that node's times. */
  offset(node: number): number {
    return this.#of(node).offset;
  }

  /** Its session time is off by no more than that, ns. */
  known(node: number, plusMinus: number): void {
    this.#of(node).plusMinus = plusMinus;
    this.#compare();
  }

  /** Index of the one that a node's packets are reckoned by. */
  current(node: number): number {
    return this.#of(node).index;
  }

  /** ns by which session time may be off for that node's packets. */
  plusMinus(node: number): number {
    return this.#of(node).plusMinus;
  }

  /** ns by which two nodes' clocks may be apart at most. */
  get apart(): number {
    return this.#apart;
  }

  /** Null: none, or one of long ago. */
  at(index: number): SessionClock | null {
    return this.#clocks.get(index) ?? null;
  }

  sessionTime(node: number, { s, ns }: NodeTime): number {
    return this.reckon(node, s, ns);
  }

  /** By the node's own clock: ns since the base second. */
  rawTime({ s, ns }: NodeTime): number {
    return (s - this.#baseSecond) * 1e9 + ns;
  }

  reckon(node: number, s: number, ns: number): number {
    return (s - this.#baseSecond) * 1e9 + ns + this.#of(node).offset;
  }

  #of(node: number): Current {
    const known = this.#current[node];
    if (known !== undefined) return known;
    const made = { index: this.#next, offset: 0, plusMinus: UNKNOWN_NS };
    this.#clocks.set(made.index, { node, offset: 0 });
    this.#current[node] = made;
    this.#next += 1;
    this.#compare();
    return made;
  }

  #compare(): void {
    let [widest, next] = [0, 0];
    for (const current of this.#current) {
      const plusMinus = current?.plusMinus ?? 0;
      if (plusMinus > widest) [widest, next] = [plusMinus, widest];
      else next = Math.max(next, plusMinus);
    }
    this.#apart = widest + next;
  }

  #forgetOldest(): void {
    const inUse = new Set(this.#current.map((current) => current?.index));
    for (const index of this.#clocks.keys()) {
      if (inUse.has(index)) continue;
      this.#clocks.delete(index);
      return;
    }
  }
}
