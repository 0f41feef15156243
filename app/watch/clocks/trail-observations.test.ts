import { expect, it } from 'vitest';
import type { Trail } from '../model.ts';
import { SessionClocks } from '../session-clocks.ts';
import { Visits } from '../visits.ts';
import { NodeClocks } from './node-clocks.ts';
import { SessionOffsets } from './session-offsets.ts';
import { observeTrail, rawSighting } from './trail-observations.ts';

const MS = 1e6;
const S = 1e9;

const trail: Trail = {
  ...{ id: 1, revision: 1, final: true, verdict: 'delivered', flow: 1, connection: 1, sightings: [] },
  ...{
    bytes: 10,
    isRange: false,
    sequence: 0,
    flags: 0,
    identification: 0,
    traits: 0,
    stop: null,
    refusal: null,
    because: null,
  },
};

it('takes of a trail where it leaves a node and where it comes to the next, by their own clocks', () => {
  const clocks = new SessionClocks(1_000);
  const visits = new Visits();
  // Two places of node 0, two of node 1.
  const [pod, nic, peer, there] = [1, 2, 3, 4].map((place) => visits.of(place, 2, 'in'));
  const places = { clocks, visits, nodeOf: (place: number) => (place <= 2 ? 0 : place <= 4 ? 1 : null) };
  const nodeClocks = new NodeClocks();
  const offsets = new SessionOffsets(nodeClocks, 0);
  /** Node 1's clock is 300 ms ahead. */
  const sighting = (visit: number | undefined, node: number, at: number) => ({
    ...{ visit: visit ?? 0, number: 1, clock: clocks.current(node) },
    at: clocks.sessionTime(node, { s: 1_000, ns: at + node * 300 * MS }),
  });
  const round = (at: number, verdict: Trail['verdict'], took: number): void => {
    const way = [sighting(pod, 0, at), sighting(nic, 0, at + 1 * MS)];
    const rest = [sighting(peer, 1, at + 1 * MS + took), sighting(there, 1, at + 9 * MS)];
    observeTrail(nodeClocks, { ...trail, verdict, sightings: [...way, ...rest] }, places);
    const back = [
      ...rest.map((one) => ({ ...one, at: one.at + 10 * MS })),
      ...way.map((one) => ({ ...one, at: one.at + 20 * MS })),
    ];
    observeTrail(nodeClocks, { ...trail, verdict, sightings: back }, places);
    nodeClocks.refresh();
  };
  // Who may be somebody else tells nothing.
  round(10 * MS, 'ambiguous', -100 * MS);
  expect(nodeClocks.bounds(0, 10 * MS, 1)).toEqual({ atLeast: -Infinity, atMost: Infinity });
  expect(offsets.change(1, 310 * MS)).toBeNull();
  round(20 * MS, 'delivered', 2 * MS);
  expect(Math.abs((nodeClocks.ahead(0, 20 * MS, 1)?.ns ?? NaN) - 300 * MS)).toBeLessThan(5 * MS);
  // From now on one time: what is seen by it says the same of the nodes' own.
  const offset = offsets.change(1, 320 * MS);
  expect(Math.abs((offset ?? NaN) + 300 * MS)).toBeLessThan(5 * MS);
  clocks.set(1, offset ?? NaN);
  const before = nodeClocks.ahead(0, 20 * MS, 1);
  round(20 * MS, 'delivered', 2 * MS);
  expect(nodeClocks.ahead(0, 20 * MS, 1)).toEqual(before);
  expect(rawSighting(sighting(there, 1, 5 * MS), places)?.at).toBeCloseTo(305 * MS, 0);
  expect(rawSighting(sighting(visits.of(9, 2, 'in'), 1, 5 * MS), places)).toBeNull();
  // As long as it is so, nothing changes, and the reference's never.
  expect(offsets.change(1, 2 * S)).toBeNull();
  expect(offsets.change(0, 2 * S)).toBeNull();
});
