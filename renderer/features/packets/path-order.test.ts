import { expect, it } from 'vitest';
import { buildTopology, classic } from '../../dev/fixture.ts';
import { demoPod, wayOf } from '../../dev/traffic.ts';
import { inPathOrder } from './path-order.ts';

const topology = buildTopology(classic, 'lab');
const { points } = wayOf(topology);
const target = { podId: demoPod, name: 'default/c2c-network-demo', addresses: ['192.168.1.2'] };

it('vantage points stand as a packet of the Pod meets them, in whatever order they were found', () => {
  const expected = points.map(({ label }) => label);
  for (const found of [
    points,
    points.toReversed(),
    points.toSorted((a, b) => (a.label < b.label ? 1 : -1)),
  ]) {
    expect(inPathOrder({ target, vantagePoints: found }, topology).map(({ label }) => label)).toEqual(
      expected,
    );
  }
});

it('without a topology they stand by node and name', () => {
  expect(inPathOrder({ target, vantagePoints: points }, null).map(({ nodeLabel }) => nodeLabel)).toEqual([
    ...Array<string>(3).fill('k8s-worker-1'),
    ...Array<string>(3).fill('k8s-worker-2'),
  ]);
});
