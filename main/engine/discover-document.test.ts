import { expect, it } from 'vitest';
import { a, build, fact, inventoryOf } from '../../app/topology/testing/scenario.ts';
import { discoverDocument } from './discover-document.ts';

it('a Pod names its node as the list of nodes does, also where Kubernetes calls it otherwise', () => {
  const elsewhere = fact({ uid: 'u2', name: 'elsewhere', nodeName: 'unlisted', ips: ['192.168.9.9'] });
  const topology = build([a(1000, { label: 'edge-1' })], { inventory: inventoryOf(fact(), elsewhere) });
  const { nodes, pods } = discoverDocument(topology);
  expect(nodes.map(({ name }) => name)).toEqual(['edge-1']);
  expect(pods.map(({ name, node }) => [name, node])).toEqual([
    ['c2c-network-demo', 'edge-1'],
    ['elsewhere', 'unlisted'],
  ]);
});
