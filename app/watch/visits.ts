// Visits by number: small ones, as bits and array indexes are made of them.
import type { Visit } from './model.ts';

/** More than captures see; somebody may invent interfaces. */
export const MOST_VISITS = 2_000;
export const NO_VISIT = 0;

const WAYS = { in: 0, out: 1, other: 2 } as const;

export class Visits {
  readonly #visits: Visit[] = [];
  /** By place, then by interface and way. */
  readonly #numbers: (Map<number, number> | undefined)[] = [];

  /** From 1; `NO_VISIT`: one too many. */
  of(place: number, ifindex: number, way: Visit['way']): number {
    const here = (this.#numbers[place] ??= new Map<number, number>());
    const key = ifindex * 3 + WAYS[way];
    const known = here.get(key);
    if (known !== undefined) return known;
    if (this.#visits.length >= MOST_VISITS) return NO_VISIT;
    const number = this.#visits.push({ place, ifindex, way });
    here.set(key, number);
    return number;
  }

  at(visit: number): Visit | null {
    return this.#visits[visit - 1] ?? null;
  }

  /** Which comes first in an order that does not depend on which was seen first. */
  compare(a: number, b: number): number {
    const [one, other] = [this.at(a), this.at(b)];
    if (one === null || other === null) return a - b;
    return one.place - other.place || one.ifindex - other.ifindex || WAYS[one.way] - WAYS[other.way];
  }

  get count(): number {
    return this.#visits.length;
  }
}
