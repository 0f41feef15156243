import { expect, it } from 'vitest';
import type { Route } from '../../app/topology/model.ts';
import { buildTopology } from '../dev/fixture.ts';
import { classic } from '../dev/plans.ts';
import { routesByInterest } from './route-order.ts';

const topology = buildTopology(classic, 'lab');
const routes = topology.forwarding[topology.nodes['node:k8s-worker-1']?.rootNetns ?? '']?.routes ?? [];

it('lists what leads to other nodes first and the kernel’s own last, addresses as people order them', () => {
  const pod = routes.find((route) => route.dst === '192.168.1.7/32') as Route;
  const ordered = routesByInterest([...routes, { ...pod, dst: '192.168.1.10/32' }]).map(({ dst }) => dst);
  expect(ordered).toEqual([
    '192.168.2.0/24',
    '192.168.1.2/32',
    '192.168.1.7/32',
    '192.168.1.10/32',
    '192.168.1.0/24',
    '0.0.0.0/0',
    '10.12.0.0/16',
    '172.17.0.0/16',
  ]);
});

it('sorts a table once, however often it is shown', () => {
  let compared = 0;
  const counted = routes.map((route) => ({
    ...route,
    get dst() {
      compared += 1;
      return route.dst;
    },
  }));
  const first = routesByInterest(counted);
  expect(compared).toBeGreaterThan(0);
  compared = 0;
  expect(routesByInterest(counted)).toBe(first);
  expect(compared).toBe(0);
});
