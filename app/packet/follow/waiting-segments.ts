// Segments that came before what precedes them, of one direction: by sequence number, then by arrival. However many wait,
// adding one and taking one costs the logarithm of it.

/** A segment's payload where it belongs in the stream. */
export interface Waiting<T> {
  /** Bytes into the direction, counted without wrap-around. */
  readonly at: number;
  /** Where it ends: with its bytes, or past them when it was cut. */
  readonly end: number;
  /** In the order of arrival. */
  readonly order: number;
  /** Captured. */
  readonly bytes: Uint8Array;
  readonly from: T;
}

type Before<T> = (a: Waiting<T>, b: Waiting<T>) => boolean;

export class WaitingSegments<T> {
  /** Those further on than the stream has come. */
  readonly #ahead = new Heap<T>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  /** Those that it has reached. */
  readonly #reached = new Heap<T>((a, b) => a.order < b.order);
  #bytes = 0;

  get count(): number {
    return this.#ahead.size + this.#reached.size;
  }

  /** Of all that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The one that begins first, once `take` finds none any more; null when none waits. */
  get first(): Waiting<T> | null {
    return this.#ahead.first;
  }

  add(segment: Waiting<T>): void {
    this.#bytes += segment.bytes.length;
    this.#ahead.add(segment);
  }

  /** Of those that begin at `next` or before, the one that came first; null when none does. */
  take(next: number): Waiting<T> | null {
    for (;;) {
      const { first } = this.#ahead;
      if (first === null || first.at > next) break;
      this.#ahead.take();
      this.#reached.add(first);
    }
    const taken = this.#reached.take();
    if (taken !== null) this.#bytes -= taken.bytes.length;
    return taken;
  }
}

/** A binary heap. */
class Heap<T> {
  readonly #items: Waiting<T>[] = [];
  readonly #before: Before<T>;

  constructor(before: Before<T>) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): Waiting<T> | null {
    return this.#items[0] ?? null;
  }

  add(item: Waiting<T>): void {
    const items = this.#items;
    let at = items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || !this.#before(item, parent)) break;
      items[at] = parent;
      at = above;
    }
    items[at] = item;
  }

  take(): Waiting<T> | null {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (first === undefined || last === undefined) return null;
    if (items.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = items[below];
      if (child === undefined) break;
      const right = items[below + 1];
      if (right !== undefined && this.#before(right, child)) {
        below += 1;
        child = right;
      }
      if (!this.#before(child, last)) break;
      items[at] = child;
      at = below;
    }
    items[at] = last;
    return first;
  }
}
