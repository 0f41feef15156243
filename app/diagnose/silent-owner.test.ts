// A next hop that does not answer: told at the node that has the address, where that node's own settings keep it from answering.
import { expect, it } from 'vitest';
import type { LinkAddresses } from '../probe/facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { route } from '../topology/testing/synthetic-node.ts';
import { diagnose } from './diagnose.ts';
import { silentOwner } from './silent-owner.ts';
import { caseOf, link, neighbour, section, settings, type CaseNode } from './testing/case.ts';
import { routedCluster } from './testing/routed-cluster.ts';

/** Node a asks b for its address in vain. @param ofB settings of b's NIC. */
function told(ofB: Readonly<Record<string, string>>, sessions = ['a-b', 'a-c', 'b-c']): string[] {
  const facts = {
    neighbours: section('neighbours', [neighbour('10.0.0.2', { mac: null, state: 'FAILED' })]),
  };
  const own = Object.entries(ofB).map(([name, value]) => [`ipv4/conf/ens192/${name}`, value]);
  const set = settings({
    ...{ 'ipv4/ip_forward': '1', 'ipv4/conf/ens192/forwarding': '1' },
    ...(Object.fromEntries(own) as Record<string, string>),
  });
  const change = (label: string) => ({
    facts: (): Partial<NodeSnapshot> => (label === 'a' ? facts : label === 'b' ? { settings: set } : {}),
  });
  return diagnose(routedCluster({ labels: ['a', 'b', 'c'], sessions, podsEach: 1, change })).findings.map(
    ({ id, where, confidence, because }) =>
      `${confidence} ${id} ${where.node ?? ''} ${where.interface ?? ''}: ${because}`,
  );
}

it('arp_ignore of its NIC is why; else nobody knows, and it is told where it is asked', () => {
  const [one, ...others] = told({ arp_ignore: '8' });
  expect(others).toEqual([]);
  expect(one).toMatch(
    /^certain unresolved-next-hop b ens192: arp_ignore 8 lets ens192 of b answer for no address\. /,
  );
  for (const ofB of [{}, { arp_ignore: '1' }, { arp_filter: '1' }])
    expect(told(ofB)).toEqual([expect.stringMatching(/^likely unresolved-next-hop a /)]);
  // No route leads by it.
  expect(told({ arp_ignore: '8' }, ['a-c', 'b-c'])).toContainEqual(
    expect.stringMatching(/^certain unresolved-next-hop b ens192: /),
  );
});

it('of the NIC that has the address, in either family', () => {
  const addresses = (name: string, last: number): LinkAddresses['addresses'] => [
    {
      address: `10.${name === 'ens224' ? '9' : '0'}.0.${String(last)}`,
      prefixLength: 24,
      family: 4,
      scope: 'global',
    },
    {
      address: `fd00:${name}::${String(last)}`.replace(/ens/, ''),
      prefixLength: 64,
      family: 6,
      scope: 'global',
    },
  ];
  const node = (label: string, last: number): CaseNode => ({
    ...{ label, at: 1000, address: `10.0.0.${String(last)}`, bootId: `boot-${label}` },
    routes: ['10.0.0', '10.9.0'].flatMap((net, at) => [
      route(`${net}.0/24`, { dev: ['ens192', 'ens224'][at] ?? '', proto: 'kernel', scope: 'link' }),
      route(`${net}.${String(last)}/32`, {
        type: 'local',
        table: 'local',
        dev: ['ens192', 'ens224'][at] ?? '',
      }),
    ]),
    facts: ({ links }) => ({
      links: section('links', [...(links?.value ?? []), link('ens224', { ifindex: 92 })]),
      addresses: section('addresses', [
        { ifindex: 2, name: 'ens192', addresses: addresses('ens192', last) },
        { ifindex: 92, name: 'ens224', addresses: addresses('ens224', last) },
      ]),
      settings: settings({ 'ipv4/conf/ens224/arp_ignore': '8', 'ipv6/conf/ens224/disable_ipv6': '1' }),
    }),
  });
  const cluster = caseOf([node('a', 1), node('b', 2)]);
  const asker = cluster.node('a');
  if (asker === null) throw new Error('no node');
  const told = (address: string, dev: string): string | null =>
    silentOwner(cluster, asker, { address, dev })?.sentence ?? null;
  expect(told('10.9.0.2', 'ens224')).toBe('arp_ignore 8 lets ens224 of b answer for no address.');
  expect(told('10.0.0.2', 'ens192')).toBeNull();
  expect(told('fd00:224::2', 'ens224')).toBe('IPv6 is disabled on ens224 of b.');
  expect(told('fd00:192::2', 'ens192')).toBeNull();
});
