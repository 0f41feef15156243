// How packets of a connection are to go, as a trace says: foretold of each of its flows, under its addresses, and true of all of them.
import type { Way } from './model.ts';

export class ForetoldWays {
  /** By connection, then by flow. */
  readonly #ways = new Map<number, Map<number, Way>>();

  expect(connection: number, flow: number, way: Way): void {
    const ways = this.#ways.get(connection);
    if (ways === undefined) this.#ways.set(connection, new Map([[flow, way]]));
    else ways.set(flow, way);
  }

  /** Two connections were one. */
  join(connection: number, other: number): void {
    for (const [flow, way] of this.#ways.get(other) ?? []) this.expect(connection, flow, way);
    this.#ways.delete(other);
  }

  forget(connection: number): void {
    this.#ways.delete(connection);
  }

  /**
   * One that passes a visit, if any does: of several one whose end is known, and the longest of those, whichever was foretold first; null:
   * nothing was foretold.
   */
  of(connection: number, visit: number): Way | null {
    const ways = this.#ways.get(connection);
    if (ways === undefined) return null;
    let best: Way | null = null;
    for (const way of ways.values()) if (best === null || rank(way, visit) > rank(best, visit)) best = way;
    return best;
  }
}

function rank({ visits, end }: Way, visit: number): number {
  if (!visits.some((one) => one.visit === visit)) return visits.length / 1e6;
  return end === 'unknown' ? 1 + visits.length / 1e6 : 1 + visits.length;
}
