import { expect, it } from 'vitest';
import { build, a, fact, inventoryOf } from '../../app/topology/testing/scenario.ts';
import { podNamed } from './pod-named.ts';

const twins = inventoryOf(
  fact(),
  fact({ uid: 'u2', name: 'web', ips: [] }),
  fact({ uid: 'u3', name: 'web', namespace: 'shop', ips: [] }),
);
const topology = build([a(1000)], { inventory: twins });
const said = (name: string) => {
  const found = podNamed(topology, name);
  return found.ok ? found.value.id : found.failure;
};

it('is the one Pod of that name, with or without its namespace', () => {
  expect(said('c2c-network-demo')).toBe('pod:u1');
  expect(said('default/c2c-network-demo')).toBe('pod:u1');
  expect(said('shop/web')).toBe('pod:u3');
});

it('is told with candidates where there are several or none', () => {
  expect(said('web')).toBe('web is the name of several Pods: say which of default/web, shop/web.');
  expect(said('wbe')).toBe('There is no Pod wbe; there are default/c2c-network-demo, default/web, shop/web.');
  expect(podNamed({ ...topology, pods: {} }, 'web')).toMatchObject({ ok: false });
});
