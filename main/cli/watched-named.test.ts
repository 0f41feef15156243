import { expect, it } from 'vitest';
import { a, build, fact, inventoryOf } from '../../app/topology/testing/scenario.ts';
import { watchedNamed } from './watched-named.ts';

const topology = build([a(1000)], { inventory: inventoryOf(fact()) });
const said = (name: string) => {
  const found = watchedNamed(topology, name);
  return found.ok ? found.value.id : found.failure;
};

it('is a Pod by its name, or by the host end of its cable', () => {
  const pod = topology.pods['pod:u1'];
  const node = topology.nodes[pod?.nodeId ?? ''];
  const host = topology.interfaces[pod?.hostInterfaceId ?? ''];
  expect(host?.role).toBe('workload');
  expect(said('c2c-network-demo')).toBe('pod:u1');
  expect(said(`${node?.label ?? ''}/${host?.name ?? ''}`)).toBe('pod:u1');
});

it('is nobody by an interface that is not one Pod’s, nor by one that is not there', () => {
  const nic = Object.values(topology.interfaces).find(({ role }) => role === 'nic');
  const label = topology.nodes[nic?.nodeId ?? '']?.label ?? '';
  const name = `${label}/${nic?.name ?? ''}`;
  expect(said(name)).toBe(`${name} is no Pod’s own: watch a Pod, and what passes there of it is told.`);
  expect(said(`${label}/nothing0`)).toMatch(/^There is no Pod /);
});
