import { expect, it } from 'vitest';
import { buildTopology } from '../dev/fixture.ts';
import { classic } from '../dev/plans.ts';
import { chosenItem, searchItems, thingsOf } from './palette-items.ts';

const items = thingsOf(buildTopology(classic, 'lab'));
const titles = (query: string): string[] => searchItems(items, query).map((item) => item.title);

it('finds Pods by name, address and node, the exact one first', () => {
  expect(titles('c2c-network-demo')).toEqual(['default/c2c-network-demo', 'default/c2c-network-demo-w2']);
  expect(titles('192.168.2.3')).toEqual(['default/c2c-network-demo-w2']);
  expect(titles('worker-2 web')).toEqual(['shop/web-5d9f']);
  expect(titles('k8s-worker-1')[0]).toBe('k8s-worker-1');
});

it('finds interfaces and sessions', () => {
  expect(titles('calid9')).toEqual(['calid9d486e54a8']);
  expect(titles('Mesh_10_12_22_152')).toHaveLength(2);
});

it('shows something before anything is typed, and nothing for nonsense', () => {
  expect(titles('').length).toBeGreaterThan(3);
  expect(titles('zzzz')).toEqual([]);
});

it('Enter runs what is typed now, the last hit when there are fewer', () => {
  expect(chosenItem(items, '192.168.2.3', 0)?.title).toBe('default/c2c-network-demo-w2');
  expect(chosenItem(items, 'c2c-network-demo', 1)?.title).toBe('default/c2c-network-demo-w2');
  expect(chosenItem(items, '192.168.2.3', 5)?.title).toBe('default/c2c-network-demo-w2');
  expect(chosenItem(items, 'zzzz', 0)).toBeUndefined();
});
