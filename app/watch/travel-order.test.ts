import { describe, expect, it } from 'vitest';
import type { Way } from './model.ts';
import { Sightings } from './sightings.ts';
import { alongWay, type TravelContext } from './travel-order.ts';
import { Visits } from './visits.ts';

/** Visits 1 to 4; the last is another node's. */
function rowsOf(seen: readonly (readonly [visit: number, at: number, ttl?: number])[]) {
  const sightings = new Sightings(100);
  const context: TravelContext = {
    ...{ sightings, visits: new Visits(), nodeOf: (visit) => (visit < 4 ? 1 : 2) },
    ...{ plusMinus: () => 0, clocksNs: () => 0 },
  };
  const rows = seen.map(([visit, at, ttl = 64]) => {
    const row = sightings.add();
    sightings.visit[row] = visit;
    sightings.at[row] = at;
    sightings.ttl[row] = ttl;
    return row;
  });
  const along = (visits: readonly number[]): (number | undefined)[] => {
    const way: Way = {
      visits: visits.map((visit) => ({ visit, ends: null, carried: false })),
      ...{ end: 'unknown', takes: {} },
    };
    return alongWay(context, rows, way).map((row) => sightings.visit[row]);
  };
  return along;
}

describe('what one node saw in one microsecond', () => {
  it('is in the order of the way that it was to go', () => {
    expect(
      rowsOf([
        [3, 5],
        [2, 5],
        [1, 5],
      ])([1, 2, 3, 4]),
    ).toEqual([1, 2, 3]);
    expect(
      rowsOf([
        [1, 4],
        [3, 5],
        [2, 5],
        [4, 9],
      ])([1, 2, 3, 4]),
    ).toEqual([1, 2, 3, 4]);
  });

  it('and nothing else is: what time, a router or another clock tells, or what is on no way', () => {
    expect(
      rowsOf([
        [3, 4],
        [2, 5],
      ])([2, 3]),
    ).toEqual([3, 2]);
    expect(
      rowsOf([
        [3, 5, 64],
        [2, 5, 63],
      ])([2, 3]),
    ).toEqual([3, 2]);
    expect(
      rowsOf([
        [4, 5],
        [2, 5],
      ])([2, 4]),
    ).toEqual([4, 2]);
    expect(
      rowsOf([
        [3, 5],
        [2, 5],
      ])([3]),
    ).toEqual([3, 2]);
  });
});
