// A next hop that does not answer: told at the node that has the address, where that node's own settings keep it from answering.
import { expect, it } from 'vitest';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { diagnose } from './diagnose.ts';
import { neighbour, section, settings } from './testing/case.ts';
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
