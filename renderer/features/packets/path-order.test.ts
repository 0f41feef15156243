import { expect, it } from 'vitest';
import { buildTopology } from '../../dev/fixture.ts';
import { classic } from '../../dev/plans.ts';
import { demoPod, wayOf } from '../../dev/traffic.ts';
import { inPathOrder } from './path-order.ts';

const topology = buildTopology(classic, 'lab');
const places = wayOf(topology).points.map((point) => ({ point }));
const target = { podId: demoPod, name: 'default/c2c-network-demo', addresses: ['192.168.1.2'] };

it('vantage points stand as a packet of the Pod meets them, in whatever order they were found', () => {
  const expected = places.map(({ point }) => point.label);
  for (const found of [
    places,
    places.toReversed(),
    places.toSorted((a, b) => (a.point.label < b.point.label ? 1 : -1)),
  ]) {
    expect(inPathOrder(found, target, topology).map(({ point }) => point.label)).toEqual(expected);
  }
});

it('without a topology they stand by node and name', () => {
  expect(inPathOrder(places, target, null).map(({ point }) => point.nodeLabel)).toEqual([
    ...Array<string>(3).fill('k8s-worker-1'),
    ...Array<string>(3).fill('k8s-worker-2'),
  ]);
});
