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

const totals = (): TrailTotals => new TrailTotals(() => null);
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
  const all = new TrailTotals((from, to) =>
    known ? { ns: (to.visit - from.visit) * 10, plusMinusNs: bound } : null,
  );
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
  expect(all.hops.map(({ plusMinus }) => plusMinus)).toEqual([3, 3]);
  bound = 0.5;
  all.add(trail({ connection: 7, visits: [1, 2] }));
  expect(all.hops.map(({ plusMinus }) => plusMinus)).toEqual([0.5, 3]);
});
