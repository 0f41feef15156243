import { expect, it } from 'vitest';
import { buildTopology } from '../dev/fixture.ts';
import { classic } from '../dev/plans.ts';
import { failureOf } from './what-if.ts';

const topology = buildTopology(classic, 'lab');
const named = (name: string, root: boolean): string =>
  Object.values(topology.interfaces).find(
    (each) => each.name === name && topology.netns[each.netnsId]?.root === root,
  )?.id ?? '';

it('a node, an interface of its own and a session may fail; a Pod, what is inside it and the loopback may not', () => {
  expect(failureOf(topology, { kind: 'node', id: 'node:k8s-worker-1' })).toEqual({
    kind: 'node',
    node: 'k8s-worker-1',
  });
  expect(failureOf(topology, { kind: 'interface', id: named('ens192', true) })).toEqual({
    kind: 'link',
    node: 'k8s-master',
    device: 'ens192',
  });
  expect(failureOf(topology, { kind: 'bgp', id: 'bgp:k8s-worker-1/Mesh_10_12_22_152' })).toEqual({
    kind: 'session',
    node: 'k8s-worker-1',
    peer: 'Mesh_10_12_22_152',
  });
  expect(failureOf(topology, { kind: 'interface', id: named('eth0', false) })).toBeNull();
  expect(failureOf(topology, { kind: 'interface', id: named('lo', true) })).toBeNull();
  expect(failureOf(topology, { kind: 'pod', id: 'pod:k8s-worker-1-c2c-network-demo' })).toBeNull();
});
