import { expect, it } from 'vitest';
import type { BgpRoute } from '../probe/facts.ts';
import { bgpDisagreement } from './bgp-agreement.ts';
import { route, snapshotOf } from './testing/synthetic-node.ts';

const bgpRoute = (dst: string, extra: Partial<BgpRoute> = {}): BgpRoute => ({
  socket: '/var/run/calico/bird.ctl',
  table: 'master4',
  dst,
  type: 'unicast',
  protocol: 'Mesh_10_0_0_2',
  source: 'BGP',
  since: '10:00:00',
  sinceAt: null,
  from: null,
  nexthops: [{ via: '10.0.0.2', dev: 'ens192' }],
  primary: true,
  preference: 100,
  asPath: [],
  localPref: 100,
  bgpNextHop: '10.0.0.2',
  communities: [],
  originatorId: null,
  clusterList: [],
  ...extra,
});
const told = (own: readonly BgpRoute[], kernel: readonly string[], cut = false) =>
  bgpDisagreement(
    snapshotOf({
      label: 'a',
      at: 1000,
      bird: { state: 'running', routes: { routes: own, cut, unread: [] } },
      routes: kernel.map((dst) => route(dst, { via: '10.0.0.2', dev: 'ens192', proto: 'bird' })),
    }),
  );

it('says which routes BIRD has and the kernel has not, and the reverse', () => {
  expect(told([bgpRoute('10.1.0.0/24'), bgpRoute('10.2.0.0/24')], ['10.2.0.0/24', '10.3.0.0/24'])).toEqual([
    'BIRD has 1 route (10.1.0.0/24) that the kernel has not.',
    'The kernel has 1 route (10.3.0.0/24) of BIRD’s that BIRD has no more.',
  ]);
});

it('is silent where both agree, of routes that are not the best, and of what BIRD learned from the kernel', () => {
  const more = [bgpRoute('10.8.0.0/24', { primary: false }), bgpRoute('10.9.0.0/24', { source: 'device' })];
  expect(told([bgpRoute('10.1.0.0/24'), ...more], ['10.1.0.0/24'])).toEqual([]);
  expect(bgpDisagreement(null)).toEqual([]);
});

it('of a table that was cut nothing is said to be missing in it', () => {
  expect(told([bgpRoute('10.1.0.0/24')], ['10.1.0.0/24', '10.3.0.0/24'], true)).toEqual([
    'BIRD has more routes than are read every time: only the first ones were compared.',
  ]);
});
