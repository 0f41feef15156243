// Visits by number: small ones, as bits and array indexes are made of them.
import type { Visit } from './model.ts';

/** Somebody may invent interfaces. */
const MOST_VISITS = 4_096;
export const NO_VISIT = 0;

const WAYS = { in: 0, out: 1, other: 2 } as const;

export class Visits {
  readonly #visits: Visit[] = [];
  readonly #numbers = new Map<number, number>();

  /** From 1; `NO_VISIT`: one too many. */
  of(place: number, ifindex: number, way: Visit['way']): number {
    // Place below 2^16, ifindex below 2^32: exact in a double.
    const key = (place * 4 + WAYS[way]) * 4_294_967_296 + ifindex;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#visits.length >= MOST_VISITS) return NO_VISIT;
    const number = this.#visits.push({ place, ifindex, way });
    this.#numbers.set(key, number);
    return number;
  }

  at(visit: number): Visit | null {
    return this.#visits[visit - 1] ?? null;
  }

  get count(): number {
    return this.#visits.length;
  }
}
