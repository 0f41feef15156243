// Which nodes' clocks are compared with which: those that exchange packets. Where two do not, or hardly, the way over others may be tighter.
import { TICK_NS, unbounded, type Bounds } from './bounds.ts';
import { ClockPair } from './clock-pair.ts';

/** A quarter of a megabyte each. A watched Pod's node talks with each of the others. */
const MOST_PAIRS = 100;
/** Of whom the own steadiness is known: more nodes than are watched at once. */
const MOST_OWN = 100;
/** Instead of a node's number: the same node's time since it booted, which nobody can set. */
export const UPTIME = -1;

export class ClockNetwork {
  readonly #pairs: ClockPair[] = [];
  /** By node, then by the other one. */
  readonly #byNode = new Map<number, Map<number, ClockPair>>();

  /** By node, it and its own uptime. */
  readonly #own = new Map<number, ClockPair>();

  get pairs(): readonly ClockPair[] {
    return this.#pairs;
  }

  get own(): ReadonlyMap<number, ClockPair> {
    return this.#own;
  }

  get nodes(): readonly number[] {
    return [...this.#byNode.keys()];
  }

  /** Null: one too many. */
  pairOf(a: number, b: number): ClockPair | null {
    const known = this.pair(a, b);
    if (known !== null || this.#pairs.length >= MOST_PAIRS) return known;
    const pair = new ClockPair(a, b);
    this.#pairs.push(pair);
    for (const node of pair.nodes) {
      const own = this.#byNode.get(node) ?? new Map<number, ClockPair>();
      own.set(pair.other(node), pair);
      this.#byNode.set(node, own);
    }
    return pair;
  }

  /** Null: one too many. */
  ownOf(node: number): ClockPair | null {
    const known = this.#own.get(node) ?? null;
    if (known !== null || this.#own.size >= MOST_OWN) return known;
    const pair = new ClockPair(UPTIME, node);
    this.#own.set(node, pair);
    return pair;
  }

  /** Null: they exchange no packets. */
  pair(a: number, b: number): ClockPair | null {
    return this.#byNode.get(a)?.get(b) ?? null;
  }

  /** How far `to` is ahead of `from` at that time of `from`: the tightest that any way tells. */
  between(from: number, at: number, to: number): Bounds {
    const direct = this.pair(from, to)?.boundsAt(from, at) ?? unbounded;
    if (direct !== unbounded && this.#byNode.get(from)?.size === 1) return direct;
    const known = new Map<number, Bounds>([[from, { atLeast: 0, atMost: 0 }]]);
    const done = new Set<number>();
    for (;;) {
      const next = tightest(known, done);
      // Only one direction was seen.
      if (next === null) return direct;
      const [node, bounds] = next;
      if (node === to) return bounds;
      done.add(node);
      const [there, give] = [(bounds.atLeast + bounds.atMost) / 2, (bounds.atMost - bounds.atLeast) / 2];
      for (const [other, pair] of this.#byNode.get(node) ?? []) {
        if (done.has(other)) continue;
        const further = pair.boundsAt(node, at + there, give + TICK_NS);
        const sum = {
          atLeast: bounds.atLeast + further.atLeast,
          atMost: bounds.atMost + further.atMost,
        };
        const before = known.get(other);
        if (isUsable(sum) && (before === undefined || widthOf(sum) < widthOf(before))) known.set(other, sum);
      }
    }
  }
}

/** Of several that are as tight the one with the lowest number. */
function tightest(
  known: ReadonlyMap<number, Bounds>,
  done: ReadonlySet<number>,
): readonly [number, Bounds] | null {
  let best: readonly [number, Bounds] | null = null;
  for (const one of known) {
    if (done.has(one[0])) continue;
    const apart = best === null ? -1 : widthOf(one[1]) - widthOf(best[1]) || one[0] - best[0];
    if (apart < 0) best = one;
  }
  return best;
}

function widthOf({ atLeast, atMost }: Bounds): number {
  return atMost - atLeast;
}

function isUsable(bounds: Bounds): boolean {
  return Number.isFinite(widthOf(bounds)) && widthOf(bounds) >= 0;
}
