// Two nodes' clocks, as far as packets between them tell. Seen from each of them by its own time: where one was set back, its own times say
// nothing for a while, and the other's still do.
import { BoundCells } from './bound-cells.ts';
import { TICK_NS, unbounded, type Bounds } from './bounds.ts';
import { Eras, type Break } from './eras.ts';

/** Of a double: a time of 1970, counted from today, is some hundred ns wrong. */
const ROUNDING = 2 ** -52;

export class ClockPair {
  /** The lower number first. */
  readonly nodes: readonly [number, number];
  readonly #views = [new View(), new View()] as const;
  #isNews = false;

  constructor(a: number, b: number) {
    this.nodes = a < b ? [a, b] : [b, a];
  }

  /** A packet left one of both and came to the other; ns, each by its own clock. */
  observe(sentOn: number, sent: number, received: number): void {
    const isFirst = sentOn === this.nodes[0];
    const atMost = received - sent + TICK_NS + (Math.abs(sent) + Math.abs(received)) * ROUNDING;
    this.#views[isFirst ? 0 : 1].cells.addAtMost(sent, atMost);
    this.#views[isFirst ? 1 : 0].cells.addAtLeast(received, -atMost);
    this.#isNews = true;
  }

  /** From now on answers are of all that was seen. False: they stay as they are. */
  refresh(): boolean {
    const isNew = this.#isNews;
    if (isNew) for (const view of this.#views) view.refresh();
    this.#isNews = false;
    return isNew;
  }

  other(node: number): number {
    return node === this.nodes[0] ? this.nodes[1] : this.nodes[0];
  }

  /** How far the other clock is ahead at that time of the node's. @param give ns by which that time may be wrong */
  boundsAt(node: number, at: number, give = TICK_NS): Bounds {
    return this.#viewOf(node).boundsAt(at, give);
  }

  /** When one of both was set, by the node's time. Where the other one got ahead, the node's own may be what was set back, and when is less exact. */
  breaks(node: number): readonly Break[] {
    return this.#viewOf(node).breaks;
  }

  #viewOf(node: number): View {
    return this.#views[node === this.nodes[0] ? 0 : 1];
  }
}

class View {
  readonly cells = new BoundCells();
  #eras = new Eras(this.cells.points());
  #breaks: readonly Break[] = [];

  get breaks(): readonly Break[] {
    return this.#breaks;
  }

  refresh(): void {
    this.#eras = new Eras(this.cells.points());
    this.#breaks = this.#eras.breaks();
  }

  boundsAt(at: number, give: number): Bounds {
    // A clock may have been set in what was forgotten.
    if (at < this.#eras.firstAt && at < this.cells.forgottenUntil) return unbounded;
    return this.#eras.boundsAt(at, give);
  }
}
