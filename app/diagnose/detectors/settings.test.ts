import { describe, expect, it } from 'vitest';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { demo, fact } from '../../topology/testing/scenario.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import { diagnose } from '../diagnose.ts';
import { narrowRoutes } from '../route-mtus.ts';
import {
  caseOf,
  changed,
  foundAt,
  known,
  link,
  neighbour,
  nicMac,
  POD_A,
  pods,
  section,
  settings,
  told,
  withList,
} from '../testing/case.ts';

const set = (sysctls: Record<string, string>) => ({ facts: () => ({ settings: settings(sysctls) }) });

describe('ip-forward-off', () => {
  it('of the node, of a Pod’s cable, of the NIC: once, at that place', () => {
    expect(foundAt({ a: set({ 'ipv4/ip_forward': '0', [`ipv4/conf/${POD_A}/forwarding`]: '0' }) })).toEqual([
      'ip-forward-off a',
    ]);
    expect(foundAt({ a: set({ 'ipv4/ip_forward': '1', [`ipv4/conf/${POD_A}/forwarding`]: '0' }) })).toEqual([
      'ip-forward-off a',
    ]);
    expect(foundAt({ a: set({ 'ipv4/ip_forward': '1', 'ipv4/conf/ens192/forwarding': '0' }) })).toEqual([
      'ip-forward-off a',
    ]);
  });

  it('silent for a NIC by which no Pod’s packet goes: a storage network’s', () => {
    const storage = (...routes: ReturnType<typeof route>[]) => ({
      routes,
      facts: ({ links }: NodeSnapshot) => ({
        links: section('links', [...(links?.value ?? []), link('ens224', { ifindex: 7 })]),
        settings: settings({ 'ipv4/ip_forward': '1', 'ipv4/conf/ens224/forwarding': '0' }),
      }),
    });
    const of = (dst: string) => route(dst, { dev: 'ens224', via: '10.50.0.1' });
    expect(foundAt({ a: storage(of('10.60.0.0/16')) })).toEqual([]);
    expect(foundAt({ a: storage(of('192.168.2.0/24')) })[0]).toBe('ip-forward-off a');
  });

  it('silent for a node without Pods, for IPv6 where no Pod has it, and for loopback', () => {
    expect(
      foundAt({ a: { pods: [], ...set({ 'ipv4/ip_forward': '0' }) } }, (inventory) =>
        withList(inventory, 'pods', []),
      ),
    ).toEqual([]);
    expect(foundAt({ a: set({ 'ipv6/conf/all/forwarding': '0', 'ipv4/conf/lo/forwarding': '0' }) })).toEqual(
      [],
    );
  });
});

describe('ip-forward-off of one interface', () => {
  /** A second NIC, which forwards nothing, with these routes by it. */
  const second = (...routes: ReturnType<typeof route>[]) => ({
    routes,
    facts: ({ links }: NodeSnapshot) => ({
      links: section('links', [...(links?.value ?? []), link('ens224', { ifindex: 77 })]),
      settings: settings({ 'ipv4/ip_forward': '1', 'ipv4/conf/ens224/forwarding': '0' }),
    }),
  });

  it('a NIC that Pods’ packets go out by; not one for storage, whose table is for the node’s own address there', () => {
    expect(foundAt({ a: second(route('192.168.2.0/24', { dev: 'ens224', via: '172.30.0.254' })) })).toEqual([
      'ip-forward-off a',
    ]);
    expect(foundAt({ a: second(route('172.30.0.0/24', { dev: 'ens224' })) })).toEqual([]);
    const own = route('0.0.0.0/0', { dev: 'ens224', via: '172.30.0.254', table: '100' });
    expect(foundAt({ a: second(own) })).toEqual([]);
    // The same default route as by the other NIC, which comes first.
    const spare = route('0.0.0.0/0', { dev: 'ens224', via: '172.30.0.254', metric: 900 });
    expect(foundAt({ a: second(spare) })).toEqual([]);
  });
});

describe('a Pod’s gateway', () => {
  const path = `ipv4/conf/${POD_A}/proxy_arp`;

  it('proxy_arp off at its cable; not where that of all is on', () => {
    expect(foundAt({ a: set({ [path]: '0', 'ipv4/conf/all/proxy_arp': '0' }) })).toEqual(['proxy-arp-off a']);
    expect(foundAt({ a: set({ [path]: '0', 'ipv4/conf/all/proxy_arp': '1' }) })).toEqual([]);
    expect(foundAt({ a: set({ [path]: '1', [`ipv4/neigh/${POD_A}/proxy_delay`]: '80' }) })).toEqual([
      'proxy-arp-off a',
    ]);
  });

  it('no route by which the host could answer: none, a blackhole, one back into the cable; a default route or its own is enough', () => {
    const defaults = (...instead: ReturnType<typeof route>[]) => ({
      facts: ({ routes4 }: NodeSnapshot) => ({
        routes4: section('routes4', [
          ...(routes4?.value ?? []).filter(({ dst }) => dst !== '0.0.0.0/0'),
          ...instead,
        ]),
      }),
    });
    expect(foundAt({ a: defaults() })).toEqual(['gateway-arp-unanswerable a']);
    expect(foundAt({ a: defaults(route('0.0.0.0/0', { type: 'blackhole' })) })[0]).toBe(
      'gateway-arp-unanswerable a',
    );
    expect(foundAt({ a: defaults(route('169.254.0.0/16', { dev: POD_A })) })).toEqual([
      'gateway-arp-unanswerable a',
    ]);
    // What the node has no route to at all is lost all the same.
    expect(foundAt({ a: defaults(route('169.254.1.1/32', { dev: 'ens192' })) })).toEqual([
      'unexplained-drop a',
    ]);
  });

  it('silent for Pods with networks beside the cluster’s own', () => {
    const more = (inventory: Parameters<typeof withList>[0]) =>
      withList(inventory, 'pods', [
        fact({ networks: [{ name: 'macvlan', interfaceName: 'net1', ips: [], mac: null }] }),
      ]);
    expect(foundAt({ a: set({ [path]: '0' }) }, more)).toEqual([]);
  });
});

it('pod-default-route-missing: its fib_trie has none; not where it was not read', () => {
  const inside = (defaultRoute?: boolean) => ({
    facts: ({ pods: read }: NodeSnapshot) => ({
      pods: changed(read, (one) => ({ ...one, ...(defaultRoute === undefined ? {} : { defaultRoute }) })),
    }),
  });
  expect(foundAt({ a: inside(false) })).toEqual(['pod-default-route-missing a']);
  expect(foundAt({ a: inside(true) })).toEqual([]);
  expect(foundAt({ a: inside() })).toEqual([]);
});

describe('mtu-mismatch', () => {
  const mtus = (of: Record<string, number>) => ({
    facts: ({ links }: NodeSnapshot) => ({
      links: changed(links, (one) => ({ ...one, mtu: of[one.name] ?? one.mtu })),
    }),
  });

  it('two ends of a cable; a NIC that takes less than the others in its network', () => {
    expect(foundAt({ a: mtus({ [POD_A]: 1280 }) })).toEqual(['mtu-mismatch a']);
    expect(foundAt({ b: mtus({ ens192: 1400 }) })).toEqual(['mtu-mismatch b']);
    // Its Pods send nothing so large, and of TCP each end says how much it takes.
    const jumbo = ({ links, pods: read }: NodeSnapshot) => ({
      links: changed(links, (one) => ({ ...one, mtu: one.name === 'ens192' ? 9000 : 1440 })),
      pods: changed(read, (one) => ({ ...one, links: one.links.map((each) => ({ ...each, mtu: 1440 })) })),
    });
    expect(foundAt({ b: { facts: jumbo } })).toEqual([]);
  });

  it('a route to Pods that takes less than the others of the kind: a warning; not where all are set so', () => {
    const narrow = (block: string, mtu?: number) => ({
      routes: [
        route(block, {
          dev: 'ens192',
          via: '10.0.0.2',
          proto: '80',
          ...(mtu === undefined ? {} : { mtu }),
        }),
      ],
    });
    expect(foundAt({ a: narrow('192.168.2.0/24', 600), b: narrow('192.168.1.0/24') })).toEqual([
      'mtu-mismatch a',
    ]);
    expect(foundAt({ a: narrow('192.168.2.0/24', 1400), b: narrow('192.168.1.0/24', 1400) })).toEqual([]);
    // A wider one, to a VPN as it may be, which no packet for a Pod takes.
    const beside = [...narrow('192.168.2.0/24').routes, ...narrow('192.168.0.0/16', 600).routes];
    expect(foundAt({ a: { routes: beside }, b: narrow('192.168.1.0/24') })).toEqual([]);
  });

  it('a route that is as narrow at both ends of one way is meant so', () => {
    const { nodes, inventory } = pods();
    const third = {
      ...{ label: 'c', at: 1000, address: '10.0.0.3', bootId: 'boot-3' },
      pods: [{ ...demo, ip: '192.168.3.4', hostName: 'cali3', mac: '02:00:00:00:00:cc' }],
    };
    const all = withList(inventory, 'pods', [
      ...Object.values(inventory.pods),
      fact({ uid: 'u3', name: 'third', nodeName: 'c', ips: ['192.168.3.4'] }),
    ]);
    const narrow = (...ways: readonly string[]): string[] =>
      narrowRoutes(
        caseOf(
          [...nodes, third].map((node, from) => ({
            ...node,
            routes: [1, 2, 3].flatMap((to) =>
              to === from + 1
                ? []
                : [
                    route(`192.168.${String(to)}.0/24`, {
                      ...{ dev: 'ens192', via: `10.0.0.${String(to)}`, proto: '80' },
                      ...(ways.includes(`${String(from + 1)} ${String(to)}`) ? { mtu: 1300 } : {}),
                    }),
                  ],
            ),
          })),
          all,
        ),
      ).map(({ where }) => where.node ?? '');
    expect(narrow('1 2')).toEqual(['a']);
    expect(narrow('1 2', '2 1')).toEqual([]);
    expect(narrow('1 2', '3 2')).toEqual(['a', 'c']);
  });

  it('NICs that differ while every Pod’s packet fits into both: nothing', () => {
    const small = (nic: number, pod: number) => ({
      facts: ({ links, pods: read }: NodeSnapshot) => ({
        links: changed(links, (one) => ({ ...one, mtu: one.name === 'ens192' ? nic : pod })),
        pods: changed(read, (one) => ({ ...one, links: one.links.map((each) => ({ ...each, mtu: pod })) })),
      }),
    });
    expect(foundAt({ a: small(1500, 1400), b: small(1400, 1400) })).toEqual([]);
    expect(foundAt({ a: small(1500, 1450), b: small(1400, 1400) })).toEqual(['mtu-mismatch b']);
  });

  it('a tunnel that does not fit into what it goes over; a Pod’s under its NIC’s is none', () => {
    const tunnel = (mtu: number) => ({
      routes: [route('192.168.9.0/24', { dev: 'vxlan.calico', via: '192.168.9.0', proto: '80' })],
      facts: ({ links }: NodeSnapshot) => ({
        links: section('links', [
          ...(links?.value ?? []),
          link('vxlan.calico', { kind: 'vxlan', ifindex: 9, mtu }),
        ]),
        neighbours: section('neighbours', [
          neighbour('192.168.9.0', { dev: 'vxlan.calico', mac: '66:00:00:00:00:09', state: 'PERMANENT' }),
        ]),
        fdb: section('fdb', [
          {
            mac: '66:00:00:00:00:09',
            dev: 'vxlan.calico',
            dst: '10.0.0.2',
            master: null,
            vlan: null,
            permanent: true,
          },
        ]),
      }),
    });
    expect(foundAt({ a: tunnel(1500) })).toEqual(['mtu-mismatch a']);
    expect(foundAt({ a: tunnel(1450) })).toEqual([]);
    // Of a NIC that takes less than the others, that it has no room for the tunnel is what follows.
    const narrow = (mtu: number) => {
      const { facts, ...more } = tunnel(1450);
      const nic = ({ links, ...snapshot }: NodeSnapshot) =>
        facts({
          ...snapshot,
          links: changed(links, (one) => (one.name === 'ens192' ? { ...one, mtu } : one)),
        });
      return { ...more, facts: nic };
    };
    expect(foundAt({ a: narrow(1300) })).toEqual(['mtu-mismatch a (mtu-mismatch)']);
    const smaller = {
      facts: ({ links, pods: read }: NodeSnapshot) => ({
        links: changed(links, (one) => (one.name === POD_A ? { ...one, mtu: 1440 } : one)),
        pods: changed(read, (one) => ({ ...one, links: one.links.map((each) => ({ ...each, mtu: 1440 })) })),
      }),
    };
    expect(foundAt({ a: smaller })).toEqual([]);
  });
});

describe('neighbours', () => {
  const knows = (...entries: ReturnType<typeof neighbour>[]) => ({
    facts: () => ({ neighbours: section('neighbours', entries) }),
  });

  it('wrong-neighbour: another MAC address than the peer has, or than the Pod has', () => {
    expect(foundAt({ a: knows(neighbour('10.0.0.2', { state: 'PERMANENT' })) })).toEqual([
      'wrong-neighbour a',
    ]);
    expect(foundAt({ a: knows(neighbour('192.168.1.2', { dev: POD_A })) })).toEqual(['wrong-neighbour a']);
  });

  it('silent for the right one, for one without a MAC, and where one machine answers for many', () => {
    expect(foundAt({ a: knows(neighbour('10.0.0.2', { mac: nicMac('b') })) })).toEqual([]);
    expect(foundAt({ a: knows(neighbour('10.0.0.2', { mac: null, state: 'INCOMPLETE' })) })).toEqual([]);
    expect(foundAt({ a: knows(neighbour('10.0.0.2'), neighbour('10.0.0.254')) })).toEqual([]);
  });

  it('vxlan-fdb-missing: no entry, no MAC, an entry that leads elsewhere', () => {
    const wired = (dst: string | null, mac: string | null) => ({
      routes: [route('192.168.9.0/24', { dev: 'vxlan.calico', via: '192.168.9.0', proto: '80' })],
      facts: ({ links }: NodeSnapshot) => ({
        links: section('links', [
          ...(links?.value ?? []),
          link('vxlan.calico', { kind: 'vxlan', ifindex: 9, mtu: 1450 }),
        ]),
        neighbours: section(
          'neighbours',
          mac === null ? [] : [neighbour('192.168.9.0', { dev: 'vxlan.calico', mac, state: 'PERMANENT' })],
        ),
        fdb: section(
          'fdb',
          dst === null
            ? []
            : [
                {
                  mac: '66:00:00:00:00:09',
                  dev: 'vxlan.calico',
                  dst,
                  master: null,
                  vlan: null,
                  permanent: true,
                },
              ],
        ),
      }),
    });
    expect(foundAt({ a: wired(null, '66:00:00:00:00:09') })).toEqual(['vxlan-fdb-missing a']);
    expect(foundAt({ a: wired('10.0.0.2', null) })).toEqual(['vxlan-fdb-missing a']);
    expect(foundAt({ a: wired('10.0.0.2', '66:00:00:00:00:09') })).toEqual([]);
  });
});

describe('what two have', () => {
  it('duplicate-mac: the one whose link-local address tells of another', () => {
    const same = (local: string) => ({
      facts: ({ links, addresses }: NodeSnapshot) => ({
        links: changed(links, (one) => (one.name === 'ens192' ? { ...one, mac: nicMac('b') } : one)),
        addresses: changed(addresses, (one) => ({
          ...one,
          addresses: [
            ...one.addresses,
            { address: local, prefixLength: 64, family: 6 as const, scope: 'link' },
          ],
        })),
      }),
    });
    const [ofA, ofB] = ['fe80::ff:fe00:161', 'fe80::ff:fe00:162'];
    expect(foundAt({ a: same(ofA), b: same(ofB) })).toEqual(['duplicate-mac a']);
    expect(foundAt({})).toEqual([]);
    // It makes no route refuse: that one has a root of its own.
    const refuses = { ...same(ofB), routes: [route('192.168.1.0/25', { type: 'unreachable' })] };
    expect(foundAt({ a: same(ofA), b: refuses }).toSorted()).toEqual([
      'duplicate-mac a',
      'unresolved-next-hop b',
    ]);
  });

  it('node-identity-clash: a node has another’s address on lo; a floating one is nobody’s', () => {
    const more = (name: string, address: string) => ({
      facts: ({ addresses, links }: NodeSnapshot) => ({
        links: section('links', [
          ...(links?.value ?? []),
          ...(name === 'lo' ? [link('lo', { kind: 'loopback', ifindex: 1 })] : []),
        ]),
        addresses: section('addresses', [
          ...(addresses?.value ?? []),
          {
            ifindex: name === 'lo' ? 1 : 2,
            name,
            addresses: [{ address, prefixLength: 32, family: 4 as const, scope: 'global' }],
          },
        ]),
      }),
    });
    expect(foundAt({ a: more('lo', '10.0.0.2') })).toEqual(['node-identity-clash a']);
    expect(foundAt({ a: more('lo', '10.0.0.100') })).toEqual([]);
    expect(foundAt({ a: more('lo', '10.0.0.1') })).toEqual([]);
  });

  it('node-identity-clash: one address on two machines', () => {
    expect(foundAt({ b: { address: '10.0.0.1' } }, (inventory) => inventory)).toContain(
      'node-identity-clash b',
    );
  });

  it('duplicate-pod-ip: two cables for one address, two Pods with one; docker’s own on each node are none', () => {
    const route2 = { routes: [route('192.168.2.3/32', { dev: POD_A, proto: '80', scope: 'link' })] };
    expect(foundAt({ a: route2 })).toEqual(['duplicate-pod-ip a']);
    const { nodes, inventory } = pods();
    const twice = withList(inventory, 'pods', [
      ...Object.values(inventory.pods),
      fact({ uid: 'u9', name: 'late', createdAt: 950, nodeName: 'b' }),
    ]);
    expect(told(diagnose(known([nodes], twice)))).toContain('duplicate-pod-ip b (link-down)');
    const ended = withList(inventory, 'pods', [
      ...Object.values(inventory.pods),
      fact({ uid: 'u9', name: 'late', nodeName: 'b', phase: 'Failed' }),
    ]);
    expect(told(diagnose(known([nodes], ended)))).toEqual([]);
  });

  it('pod-ip-equals-tunnel-ip', () => {
    const tunnel = (address: string) => ({
      facts: ({ links, addresses }: NodeSnapshot) => ({
        links: section('links', [
          ...(links?.value ?? []),
          link('tunl0', { kind: 'ipip', ifindex: 9, mtu: 1480 }),
        ]),
        addresses: section('addresses', [
          ...(addresses?.value ?? []),
          {
            ifindex: 9,
            name: 'tunl0',
            addresses: [{ address, prefixLength: 32, family: 4 as const, scope: 'global' }],
          },
        ]),
      }),
    });
    expect(foundAt({ b: tunnel('192.168.1.2') })).toEqual(['pod-ip-equals-tunnel-ip b']);
    expect(foundAt({ b: tunnel('192.168.1.7') })).toEqual([]);
  });
});
