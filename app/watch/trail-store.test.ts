import { expect, it } from 'vitest';
import type { Trail } from './model.ts';
import { TrailStore, type TrailWindow } from './trail-store.ts';

const trail = (id: number, change: Partial<Trail> = {}): Trail => ({
  ...{ id, revision: 1, final: false, verdict: 'inFlight', flow: 1, connection: 1, bytes: 0, isRange: false },
  ...{ sequence: 0, flags: 0, identification: 0, traits: 0, stop: null, refusal: null, because: null },
  sightings: [{ visit: 1, at: id, clock: 0, number: id }],
  ...change,
});
const window: TrailWindow = { ids: null, connections: null, verdicts: null, count: 3, until: null };

it('shows the latest of what is asked for, and none where none is', () => {
  const store = new TrailStore((connection) => connection);
  for (const id of [4, 1, 2, 3]) store.add(trail(id, { connection: id % 2 }));
  const idsOf = (change: Partial<TrailWindow>) => store.window({ ...window, ...change }).map(({ id }) => id);
  expect(idsOf({})).toEqual([2, 3, 4]);
  expect(idsOf({ count: 0 })).toEqual([]);
  expect(idsOf({ until: 2 })).toEqual([1, 2]);
  expect(idsOf({ connections: new Set([0]) })).toEqual([2, 4]);
  expect(idsOf({ ids: new Set([1, 9]) })).toEqual([1]);
  // What was told too early is not shown any more.
  store.add(trail(1, { verdict: 'withdrawn', final: true }));
  expect(idsOf({ ids: new Set([1]) })).toEqual([]);
});

it('trails of a connection that turned out to be a part of another are the other’s, by whichever number they are asked for', () => {
  const joined = new Map<number, number>();
  const store = new TrailStore((connection) => joined.get(connection) ?? connection);
  for (const [id, connection] of [
    [1, 3],
    [2, 8],
    [3, 9],
  ] as const)
    store.add(trail(id, { connection, final: true }));
  const of = (connection: number): number[][] =>
    store.window({ ...window, connections: new Set([connection]) }).map((one) => [one.id, one.connection]);
  expect(of(3)).toEqual([[1, 3]]);
  joined.set(8, 3);
  for (const connection of [3, 8])
    expect(of(connection)).toEqual([
      [1, 3],
      [2, 3],
    ]);
  expect(store.settled(0).trails.map(({ connection }) => connection)).toEqual([3, 3, 9]);
});
