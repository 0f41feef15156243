// Which time is added to a node's, so that all nodes' packets have one time (session-clocks.ts): that of one of them. A packet keeps what it
// was reckoned by, and each change is one more thing to remember: so there are few, and only where the one before is not so any more.
import { estimateOf, widened } from './bounds.ts';
import type { NodeClocks } from './node-clocks.ts';

/** ns: session time orders packets and says which may belong together. What they took is reckoned of raw times (NodeClocks.latency). */
export const GIVE_NS = 1_000_000;

export class SessionOffsets {
  readonly #clocks: NodeClocks;
  /** The node whose time is the session's. */
  readonly #reference: number;
  readonly #offsets = new Map<number, number>();

  constructor(clocks: NodeClocks, reference: number) {
    this.#clocks = clocks;
    this.#reference = reference;
  }

  /** Somebody else said what is to be added, before packets did. */
  assume(node: number, offset: number): void {
    this.#offsets.set(node, offset);
  }

  /** ns to be added from now on to the times of a node, of which `at` is the latest; null: as before. */
  change(node: number, at: number): number | null {
    if (node === this.#reference) return null;
    const bounds = this.#clocks.bounds(node, at, this.#reference);
    const estimate = estimateOf(bounds);
    if (estimate === null) return null;
    const now = this.#offsets.get(node) ?? 0;
    const { atLeast, atMost } = widened(bounds, GIVE_NS);
    if (now >= atLeast && now <= atMost) return null;
    this.#offsets.set(node, estimate.ns);
    return estimate.ns;
  }
}
