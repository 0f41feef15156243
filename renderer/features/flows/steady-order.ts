// Rows that are sorted by what changes all the time, so that one can read and click them: they change places every few seconds at most, and
// not under the pointer. Pure.

/** ms between two orders. */
const STANDS_MS = 3_000;

interface Numbered {
  readonly id: number;
}

/** Puts each moment's rows into an order. @param now ms @param isHeld somebody points at one of them */
export function createSteadyOrder<T extends Numbered>(): (
  sorted: readonly T[],
  now: number,
  isHeld: boolean,
) => readonly T[] {
  let places: ReadonlyMap<number, number> = new Map();
  let since = -Infinity;
  return (sorted, now, isHeld) => {
    if (!isHeld && now - since >= STANDS_MS) {
      since = now;
      places = new Map(sorted.map(({ id }, at) => [id, at]));
      return sorted;
    }
    // What is new waits at the end.
    const placeOf = ({ id }: T): number => places.get(id) ?? places.size;
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  };
}
