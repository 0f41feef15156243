import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { applyPatch, diffTopology } from './diff.ts';
import type { Topology } from './model.ts';
import { a, build, sentences } from './testing/scenario.ts';
import { route } from './testing/synthetic-node.ts';

const many = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => {
    const n = from + at;
    return route(`10.${Math.floor(n / 250) + 1}.${n % 250}.0/24`, {
      via: '10.0.0.2',
      dev: 'ens192',
      proto: 'static',
    });
  });
const fresh = (before: Topology, now: Topology) => now.events.slice(before.events.length);

it('a thousand routes in a second, seen over five readings, are one event with a number and examples', () => {
  const first = build([a(1000)]);
  let topology = first;
  let page = first;
  for (let step = 1; step <= 5; step++) {
    const next = build([a(1000 + step * 0.2, { routes: many(0, step * 200) })], {}, topology);
    page = applyPatch(page, diffTopology(topology, next));
    topology = next;
  }
  expect(sentences(topology, first.events.length)).toEqual([
    'a: 1000 routes appeared, 10.1.0.0/24 via 10.0.0.2 dev ens192 proto static, 10.1.1.0/24 via 10.0.0.2 dev ens192 proto static, 10.1.2.0/24 via 10.0.0.2 dev ens192 proto static among them.',
  ]);
  expect(topology.events.at(-1)).toMatchObject({ burst: { count: 1000, since: { s: 1000.2 } } });
  // Who only gets patches has the same.
  expect(page.events).toEqual(topology.events);
});

it('what comes later is another event; few changes are told one by one', () => {
  const first = build([a(1000)]);
  const burst = build([a(1001, { routes: many(0, 20) })], {}, first);
  const later = build([a(1010, { routes: many(0, 40) })], {}, burst);
  const few = build([a(1020, { routes: many(0, 42) })], {}, later);
  expect(fresh(first, later).map(({ burst: told }) => told?.count)).toEqual([20, 20]);
  expect(fresh(later, few).map(({ burst: told }) => told)).toEqual([undefined, undefined]);
});

it('a route that is another to the same destination is one change, with before and after', () => {
  const via = (gateway: string) =>
    a(1000, { routes: [route('10.9.0.0/16', { via: gateway, dev: 'ens192' })] });
  const first = build([via('10.0.0.2')]);
  const second = build([{ ...via('10.0.0.3'), at: 1001 }], {}, first);
  expect(fresh(first, second)).toMatchObject([
    {
      kind: 'route-changed',
      change: {
        before: '10.9.0.0/16 via 10.0.0.2 dev ens192 proto boot',
        after: '10.9.0.0/16 via 10.0.0.3 dev ens192 proto boot',
      },
    },
  ]);
});

it('the page’s work for such a patch is bounded: the events it gets are few, however many routes changed', () => {
  const first = build([a(1000)]);
  const second = build([a(1001, { routes: many(0, 10_000) })], {}, first);
  const patch = diffTopology(first, second);
  expect(patch.events).toHaveLength(1);
  expect(patch.events[0]?.about.length).toBeLessThanOrEqual(1000);
  const began = performance.now();
  applyPatch(first, patch);
  console.log(`a patch of 10,000 routes applied in ${(performance.now() - began).toFixed(2)} ms`);
  // The node and its table of routes: the work does not grow with what changed in them.
  expect(Object.values(patch.upsert).flatMap((table) => Object.keys(table)).length).toBeLessThanOrEqual(2);
});
