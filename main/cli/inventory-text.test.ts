import { expect, it } from 'vitest';
import type { InventoryView } from '../../app/contract/inventory-view.ts';
import { inventoryText } from './inventory-text.ts';

const kind = (
  name: string,
  more: Partial<InventoryView['kinds'][number]>,
): InventoryView['kinds'][number] => ({
  name,
  state: 'listed',
  count: 0,
  asOf: null,
  sentence: null,
  command: null,
  ...more,
});
const view: InventoryView = {
  sentence: null,
  kinds: [
    kind('nodes', { count: 1200, asOf: Date.UTC(2026, 10, 26, 7, 1, 2) }),
    kind('services', { state: 'not-permitted', sentence: 'the API\u001b[31m server says no' }),
    kind('bgppeers.crd.projectcalico.org', { state: 'unread' }),
    kind('ciliumnodes.cilium.io', { state: 'absent', sentence: 'it is not there' }),
  ],
};

it('says how the lists stand: what is not permitted at once, all of them where that is asked', () => {
  expect(inventoryText(view, false)).toBe(`
Kubernetes: 1 kind read, 1 not there, 1 not permitted, 1 not read yet (--inventory waits for all of them)
  services  not permitted    the API\ufffd[31m server says no
`);
  expect(
    inventoryText(view, true)
      .split('\n')
      .map((line) => line.trim().replaceAll(/ {2,}/g, '  ')),
  ).toEqual([
    '',
    'Kubernetes: 1 kind read, 1 not there, 1 not permitted, 1 not read yet',
    'services  not permitted  the API\ufffd[31m server says no',
    'nodes  1,200  as of 07:01:02 UTC',
    'bgppeers.crd.projectcalico.org  not read yet',
    'ciliumnodes.cilium.io  not there',
    '',
  ]);
  expect(inventoryText({ sentence: 'It was not asked.', kinds: [] }, true)).toBe(
    '\nKubernetes: It was not asked.\n',
  );
});
