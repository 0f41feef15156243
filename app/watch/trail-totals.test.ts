import { expect, it } from 'vitest';
import type { Trail, Verdict } from './model.ts';
import { TrailTotals } from './trail-totals.ts';

let ids = 0;
function trail(
  change: Partial<Trail> & { readonly visits?: readonly number[]; readonly at?: number },
): Trail {
  const { visits = [1, 2, 3], at = 0, ...rest } = change;
  ids += 1;
  const sightings = visits.map((visit, nth) => ({ visit, at: at + nth, clock: 0, number: nth + 1 }));
  const none = {
    ...{ flow: 1, connection: 1, bytes: 0, isRange: false, sequence: 0, flags: 0, identification: 0 },
    traits: 0,
  };
  return {
    ...{ id: ids, revision: 1, final: true, verdict: 'delivered', ...none, sightings },
    ...{ stop: null, refusal: null, because: null, ...rest },
  };
}

const alone = { connectionOf: (connection: number) => connection, nodeOf: () => 1 };
const totals = (): TrailTotals => new TrailTotals({ ...alone, latency: () => null });
const ended = (of: TrailTotals): [Verdict, number, number][] =>
  of.ends.map(({ verdict, at, count }) => [verdict, at, count]);

it('counts where trails ended, and takes back what was told too early', () => {
  const all = totals();
  all.add(trail({}));
  const early = trail({ final: false, verdict: 'inFlight', visits: [1, 2] });
  all.add(early);
  expect(ended(all)).toEqual([['delivered', 3, 1]]);
  all.add({ ...early, revision: 2, verdict: 'dropped', stop: { after: 2, before: 3 } });
  // That may still turn out to be otherwise.
  expect(ended(all)).toEqual([['delivered', 3, 1]]);
  all.add({ ...early, revision: 3, verdict: 'notCaptured', final: true });
  expect(ended(all)).toEqual([
    ['delivered', 3, 1],
    ['notCaptured', 2, 1],
  ]);
});

it('tells the most frequent of more places than any cluster has', () => {
  const all = new TrailTotals({ ...alone, latency: () => ({ ns: 1, plusMinusNs: 0 }) });
  for (let visit = 2; visit < 1_202; visit += 1) all.add(trail({ visits: [visit, visit + 1] }));
  for (let times = 0; times < 3; times += 1) all.add(trail({ visits: [1_500, 1_501] }));
  expect(all.hops).toHaveLength(500);
  expect(all.hops[0]).toMatchObject({ from: 1_500, to: 1_501, count: 3 });
  expect(ended(all)).toHaveLength(500);
  expect(ended(all)[0]).toEqual(['delivered', 1_501, 3]);
});

it('tells the connections seen last, whichever began first, and none that has no trail', () => {
  const all = totals();
  for (let connection = 1; connection <= 50; connection++)
    all.add(trail({ connection, at: ((connection * 17) % 50) * 1000 }));
  const withdrawn = trail({ connection: 99, at: 1e6, final: false });
  all.add(withdrawn);
  expect(all.latestConnections(2).map(({ connection }) => connection)).toEqual([99, 47]);
  all.add({ ...withdrawn, verdict: 'withdrawn' });
  const last = all.latestConnections(10).map(({ connection }) => (connection * 17) % 50);
  expect(last).toEqual([49, 48, 47, 46, 45, 44, 43, 42, 41, 40]);
  expect(all.latestConnections(100)).toHaveLength(50);
});

it('tells what each connection’s packets took between two places, from when on that is known', () => {
  let known = false;
  let bound = 3;
  const all = new TrailTotals({
    ...alone,
    latency: (from, to) => (known ? { ns: (to.visit - from.visit) * 10, plusMinusNs: bound } : null),
  });
  all.add(trail({ connection: 7, visits: [1, 2] }));
  expect(all.latestConnections(1)[0]?.hops).toEqual([
    { from: 1, to: 2, count: 1, timed: 0, sum: 0, sumPlusMinus: 0 },
  ]);
  known = true;
  all.add(trail({ connection: 7, visits: [1, 2, 4] }));
  bound = 1;
  all.add(trail({ connection: 7, visits: [1, 2], verdict: 'dropped' }));
  all.add(trail({ connection: 7, visits: [1, 2], verdict: 'ambiguous' }));
  expect(all.latestConnections(1)[0]?.hops).toEqual([
    { from: 1, to: 2, count: 3, timed: 2, sum: 20, sumPlusMinus: 4 },
    { from: 2, to: 4, count: 1, timed: 1, sum: 20, sumPlusMinus: 3 },
  ]);
  // Of all packets the widest, until it is known far better.
  expect(all.hops.map(({ plusMinus, count }) => [plusMinus, count])).toEqual([
    [3, 2],
    [3, 1],
  ]);
});

it('begins anew with clocks that are known far better, there and back alike, and says of how many packets it tells', () => {
  let off = { ns: 500, plusMinusNs: 1000 };
  const nodeOf = (visit: number): number => (visit < 2 ? 1 : visit < 3 ? 2 : 3);
  const all = new TrailTotals({
    ...{ ...alone, nodeOf },
    // The other clock is behind by that much.
    latency: ({ visit: from }, { visit: to }) => ({ ...off, ns: 100 + (to - from) * off.ns }),
  });
  for (const visits of [
    [1, 2],
    [2, 1],
    [2, 3],
    [1, 2],
  ])
    all.add(trail({ visits }));
  off = { ns: 1, plusMinusNs: 100 };
  all.add(trail({ visits: [1, 2] }));
  const told = (): (number | null)[][] =>
    all.hops.map(({ from, to, count, plusMinus }) => [from, to, count, plusMinus]);
  expect(told()).toEqual([
    [1, 2, 1, 100],
    [2, 1, 0, null],
    // Between other nodes.
    [2, 3, 1, 1000],
  ]);
  all.add(trail({ visits: [2, 1] }));
  expect(told().slice(0, 2)).toEqual([
    [1, 2, 1, 100],
    [2, 1, 1, 100],
  ]);
});

it('tells of connections that turn out to be one what it knew of both, and of what may still change', () => {
  const joined = new Map<number, number>();
  const connectionOf = (connection: number): number => joined.get(connection) ?? connection;
  const all = new TrailTotals({ ...alone, connectionOf, latency: () => ({ ns: 10, plusMinusNs: 1 }) });
  all.add(trail({ connection: 3, bytes: 5, at: 100 }));
  const early = trail({ connection: 8, final: false, verdict: 'inFlight', at: 50 });
  all.add(early);
  all.add(trail({ connection: 8, bytes: 7, at: 200 }));
  joined.set(8, 3);
  all.join(3, 8);
  const [one, ...others] = all.latestConnections(10);
  expect(others).toEqual([]);
  expect(one).toMatchObject({
    ...{ connection: 3, bytes: 12, first: 50, last: 200, counts: { delivered: 2, inFlight: 1 } },
    hops: [
      { from: 1, to: 2, count: 2, timed: 2, sum: 20, sumPlusMinus: 2 },
      { from: 2, to: 3, count: 2 },
    ],
  });
  all.add({ ...early, revision: 2, verdict: 'dropped', final: true, stop: { after: 3, before: null } });
  expect(all.latestConnections(10)).toMatchObject([{ counts: { delivered: 2, inFlight: 0, dropped: 1 } }]);
});
