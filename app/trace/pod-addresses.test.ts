// Which device of a Pod an address is on: from outside that cannot be told of one on its loopback (an anycast address, a VIP).
import { expect, it } from 'vitest';
import type { Link, LinkAddresses } from '../probe/facts.ts';
import type { NamespaceInside } from '../probe/inside-facts.ts';
import type { Section } from '../probe/section.ts';
import { namespaceOf } from './namespaces.ts';
import { knownCluster } from './testing/real-cluster.ts';

function section<T>(value: T): Section<T> {
  return { state: 'ok', value, evidence: [], sentence: null, at: null };
}

it('an address is where the Pod itself says it is', () => {
  const known = knownCluster(new URL('./fixtures/vxlan-bridge/', import.meta.url));
  const { topology } = known;
  const pod = Object.values(topology.pods).find(({ name }) => name === 'q');
  const netns = topology.netns[pod?.netnsId ?? ''];
  const label = topology.nodes[pod?.nodeId ?? '']?.label ?? '';
  const reading = known.readings.get(label);
  const own = Object.values(topology.interfaces).filter(({ netnsId }) => netnsId === netns?.id);
  const eth0 = own.find(({ name }) => name === 'eth0');
  if (reading === undefined || netns?.process === null || netns === undefined || eth0 === undefined)
    throw new Error('no such Pod');
  const lo = { ...eth0, ifindex: 1, name: 'lo', id: 'lo', addresses: [] };
  const links = [lo, eth0].map(({ ifindex, name }): Link => ({
    ...{ ifindex, name, kind: 'other', mtu: 1450, mac: null, operstate: 'UP', adminUp: true, carrier: true },
    ...{ peerIfindex: null, peerName: null, peerNsid: null, peerNetnsName: null },
    ...{ masterIfindex: null, masterName: null },
  }));
  const anycast = { address: '10.55.0.1', prefixLength: 32, family: 4, scope: 'global' } as const;
  const addresses: LinkAddresses[] = [
    { ifindex: 1, name: 'lo', addresses: [anycast] },
    { ifindex: eth0.ifindex, name: 'eth0', addresses: eth0.addresses },
  ];
  const inside: NamespaceInside = {
    ...{ pid: netns.process.pid, inode: netns.inode, startTicks: 0 },
    ...{ links: section(links), addresses: section(addresses) },
    ...{ routes4: null, routes6: null, rules4: null, rules6: null },
    ...{ neighbours: null, fdb: null, sysctls: new Map<string, string>(), socketsCut: [], unanswered: [] },
    ...{ sockets: null, filters: null, at: null, evidence: [], sentence: null },
  };
  const readings = new Map(known.readings).set(label, {
    ...reading,
    snapshot: { ...reading.snapshot, insides: section({ read: [inside], unread: [] }) },
  });
  // A lone device is taken to have every address of /proc/PID/net/fib_trie.
  const interfaces = {
    ...topology.interfaces,
    lo,
    [eth0.id]: { ...eth0, addresses: [anycast, ...eth0.addresses] },
  };
  const namespace = namespaceOf({ ...known, topology: { ...topology, interfaces }, readings }, netns.id);
  expect(namespace?.devices.get('eth0')?.addresses).toEqual(eth0.addresses);
  expect(namespace?.devices.get('lo')?.addresses).toEqual([anycast]);
});
