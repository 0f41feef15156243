// What is wrong with IPv6 alone, and where a cluster that hardly uses it is healthy.
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../probe/inventory.ts';
import type { InsidesReading } from '../../probe/inside-facts.ts';
import type { InterfaceAddress } from '../../probe/facts.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { parseXtablesSave } from '../../probe/xtables-save.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import { fact, kubeNode } from '../../topology/testing/scenario.ts';
import { PASTED } from '../../topology/input.ts';
import { clusterOf } from '../cluster.ts';
import type { Draft } from '../detector.ts';
import {
  changed,
  drafted,
  found,
  known,
  link,
  POD_A,
  pods,
  section,
  settings,
  withList,
  type CaseNode,
} from '../testing/case.ts';
import { addressUnusable } from './address-unusable.ts';
import { ipForwardOff } from './ip-forward-off.ts';
import { ipv6Disabled } from './ipv6-disabled.ts';
import { nodeIdentityClash } from './node-identity-clash.ts';

const NODE_SIX = 'fd00::a';

function dual(inventory: Inventory): Inventory {
  const nodes = [kubeNode('a', '10.0.0.1', NODE_SIX), kubeNode('b', '10.0.0.2', 'fd00::b')];
  return withList(withList(inventory, 'nodes', nodes), 'pods', [
    fact({ ips: ['192.168.1.2', 'fd00:1::2'] }),
    fact({
      ...{ uid: 'u2', name: 'c2c-network-demo-w2', nodeName: 'b' },
      ips: ['192.168.2.3', 'fd00:2::3'],
    }),
  ]);
}

function placed(drafts: readonly Draft[]): string[] {
  return drafts.map(
    ({ where, family }) => `${where.interface ?? 'all'} ${where.pod ?? '-'} IPv${family ?? '?'}`,
  );
}

const POD = 'default/c2c-network-demo';

describe('ipv6-disabled', () => {
  const on = (a: Partial<CaseNode>, families = dual): string[] => {
    const { nodes, inventory } = pods({ a });
    return placed(drafted(ipv6Disabled, nodes, families(inventory)));
  };
  const off = (...devices: string[]) => ({
    facts: () => ({
      settings: settings(Object.fromEntries(devices.map((name) => [`ipv6/conf/${name}/disable_ipv6`, '1']))),
    }),
  });
  const sixAt = (name: string) => ({
    facts: ({ addresses, links }: NodeSnapshot) => ({
      ...off('ens192').facts(),
      links: section('links', [...(links?.value ?? []), link(name, { ifindex: 80 })]),
      addresses: section('addresses', [
        ...(addresses?.value ?? []),
        {
          ...{ ifindex: 80, name },
          addresses: [{ address: NODE_SIX, prefixLength: 64, family: 6 as const, scope: 'global' }],
        },
      ]),
    }),
  });

  it('at a Pod’s cable, and at the NIC from which the node’s own address is gone', () => {
    expect(on(off(POD_A))).toEqual([`${POD_A} ${POD} IPv6`]);
    expect(on(off('ens192'))).toEqual(['ens192 - IPv6']);
    // Set for all: what its NIC is told of explains its Pods'.
    expect(on(off('ens192', POD_A, 'lo', 'docker0'))).toEqual(['ens192 - IPv6', `${POD_A} ${POD} IPv6`]);
  });

  it('silent without a Pod that has IPv6, for a device that nobody needs, and while another NIC has the address', () => {
    expect(on(off(POD_A, 'ens192'), (inventory) => inventory)).toEqual([]);
    expect(on(off('docker0', 'lo', 'all', 'default'))).toEqual([]);
    expect(on(sixAt('ens224'))).toEqual([]);
  });

  it('at the bridge that Pods are behind, unless it leads on to a network beyond the node', () => {
    const bridged = (uplink: boolean) => ({
      facts: ({ links }: NodeSnapshot) => ({
        ...off('br0').facts(),
        links: section('links', [
          ...(links?.value ?? []).map((one) =>
            one.name === POD_A || (uplink && one.name === 'ens192') ? { ...one, masterName: 'br0' } : one,
          ),
          link('br0', { kind: 'bridge', ifindex: 81 }),
        ]),
      }),
    });
    expect(on(bridged(false))).toEqual([`br0 ${POD} IPv6`]);
    expect(on(bridged(true))).toEqual([]);
  });

  it('by an MTU that IPv6 cannot use; not while its settings say that it has IPv6', () => {
    const small = (sysctls: Record<string, string>) => ({
      facts: ({ links }: NodeSnapshot) => ({
        settings: settings(sysctls),
        links: changed(links, (one) => (one.name === POD_A ? { ...one, mtu: 1200 } : one)),
      }),
    });
    expect(on(small({}))).toEqual([`${POD_A} ${POD} IPv6`]);
    expect(on(small({ [`ipv6/conf/${POD_A}/disable_ipv6`]: '0' }))).toEqual([]);
    expect(on(small({}), (inventory) => inventory)).toEqual([]);
  });
});

describe('ip-forward-off of IPv6', () => {
  const on = (sysctls: Record<string, string>): string[] => {
    const { nodes, inventory } = pods({
      a: { facts: () => ({ settings: settings({ 'ipv4/ip_forward': '1', ...sysctls }) }) },
    });
    return placed(drafted(ipForwardOff, nodes, dual(inventory)));
  };
  const forced = (name: string, value: string) => ({ [`ipv6/conf/${name}/force_forwarding`]: value });

  it('of the node, IPv4 apart; what is forced interface by interface is looked at there', () => {
    expect(on({ 'ipv6/conf/all/forwarding': '0' })).toEqual(['all - IPv6']);
    const off = { 'ipv6/conf/all/forwarding': '0', ...forced('ens192', '1') };
    expect(on({ ...off, ...forced(POD_A, '1') })).toEqual([]);
    expect(on({ ...off, ...forced(POD_A, '0') })).toEqual([`${POD_A} ${POD} IPv6`]);
    // Where all forward, nobody has to be forced.
    expect(on({ 'ipv6/conf/all/forwarding': '1', ...forced(POD_A, '0') })).toEqual([]);
  });
});

/** A node whose NIC has one more address. */
const withOnNic = (more: InterfaceAddress) => ({
  facts: ({ addresses }: NodeSnapshot) => ({
    addresses: changed(addresses, (one) =>
      one.name === 'ens192' ? { ...one, addresses: [...one.addresses, more] } : one,
    ),
  }),
});

describe('address-unusable', () => {
  const marked = (duplicate: boolean) =>
    withOnNic({
      ...{ address: NODE_SIX, prefixLength: 64, family: 6, scope: 'global' },
      ...(duplicate ? { duplicate: true as const } : {}),
    });
  const inPod = (...held: readonly { readonly address: string; readonly duplicate?: true }[]) => ({
    facts: ({ pods: read }: NodeSnapshot) => ({
      pods: changed(read, (one) => ({
        ...one,
        addresses: held.map(({ address }) => address),
        links: one.links.map((each) =>
          each.name === 'lo'
            ? each
            : {
                ...each,
                addresses: held.map((address) => ({
                  ...{ prefixLength: 128, scope: 'global' },
                  ...{ family: address.address.includes(':') ? (6 as const) : (4 as const) },
                  ...address,
                })),
              },
        ),
      })),
    }),
  });
  const on = (a: Partial<CaseNode>): string[] => {
    const { nodes, inventory } = pods({ a, b: inPod({ address: '192.168.2.3' }, { address: 'fd00:2::3' }) });
    return placed(drafted(addressUnusable, nodes, dual(inventory)));
  };

  it('of a node, what duplicate address detection gave up', () => {
    const whole = inPod({ address: '192.168.1.2' }, { address: 'fd00:1::2' }).facts;
    const both = (duplicate: boolean) => ({
      facts: (snapshot: NodeSnapshot) => ({ ...whole(snapshot), ...marked(duplicate).facts(snapshot) }),
    });
    expect(on(both(true))).toEqual(['ens192 - IPv6']);
    expect(on(both(false))).toEqual([]);
  });

  it('of a Pod, what it gave up, and the one of two that it has lost; silent where it has none in its own network', () => {
    const four = { address: '192.168.1.2' };
    expect(on(inPod(four))).toEqual([`eth0 ${POD} IPv6`]);
    expect(on(inPod(four, { address: 'fd00:1::2', duplicate: true }))).toEqual([`eth0 ${POD} IPv6`]);
    expect(on(inPod(four, { address: 'fd00:1::2' }))).toEqual([]);
    expect(on(inPod({ address: 'fd00:1::2' }))).toEqual([`eth0 ${POD} IPv4`]);
    expect(on(inPod())).toEqual([]);
  });

  it('of a Pod of which only the addresses of one family were pasted nothing is said', () => {
    const pasted = (...held: readonly { readonly address: string }[]) => {
      const { nodes, inventory } = pods({ a: inPod(...held) });
      const facts = known([nodes], dual(inventory));
      const readings = new Map(
        [...facts.readings].map(([label, one]) => [label, { ...one, hostKeyFingerprint: PASTED }]),
      );
      return placed(addressUnusable.detect(clusterOf({ ...facts, readings })).drafts).filter((one) =>
        one.includes(POD + ' '),
      );
    };
    expect(pasted({ address: '192.168.1.2' })).toEqual([]);
    expect(pasted({ address: '192.168.1.2' }, { address: 'fe80::1' })).toEqual([`eth0 ${POD} IPv6`]);
  });
});

it('pod-route-missing: that the node’s rpfilter rule takes what its Pod asks for (neighbour discovery) stands under it', () => {
  const at = (route6: boolean, rule: string): string[] => {
    const { nodes, inventory } = pods({
      a: {
        facts: ({ pods: read }) => ({
          settings: settings({
            [`ipv6/conf/${POD_A}/forwarding`]: '1',
            [`ipv6/conf/${POD_A}/proxy_ndp`]: '1',
          }),
          routes6: section(
            'routes6',
            route6 ? [route('fd00:1::2/128', { family: 6, dev: POD_A, proto: '80' })] : [],
          ),
          firewall: section('firewall', {
            ...{ ipsets: [], virtualServers: [], conntrack: null, unread: [], unreadCount: 0 },
            tables: parseXtablesSave(
              `*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${rule} -j DROP\nCOMMIT\n`,
              {
                ...{ backend: 'nft-compat', family: 'ip6', evidence: '' },
              },
            ).tables.entries,
          }),
          insides: section<InsidesReading>('insides', {
            read: [
              {
                ...{
                  links: null,
                  addresses: null,
                  routes4: null,
                  rules4: null,
                  rules6: section('rules6', []),
                },
                ...{ pid: 50, inode: 100, startTicks: 7, fdb: null, filters: null, sysctls: new Map() },
                routes6: section('routes6', [
                  route('::/0', { family: 6, dev: 'eth0', via: 'fe80::ecee:eeff:feee:eeee' }),
                ]),
                // It has yet to ask for its gateway.
                neighbours: section('neighbours', []),
                ...{ sockets: null, socketsCut: [], unanswered: [], at: null, evidence: [], sentence: null },
              },
            ],
            unread: [],
          }),
          pods: changed(read, (one) => ({
            ...one,
            addresses: [...one.addresses, 'fd00:1::2'],
            links: one.links.map((each) => ({
              ...each,
              addresses: [
                ...each.addresses,
                { address: 'fd00:1::2', prefixLength: 128, family: 6 as const, scope: 'global' },
              ],
            })),
          })),
        }),
      },
    });
    return found(nodes, dual(inventory)).filter((one) => /^(neighbour\S*|pod-route\S*) a\b/.test(one));
  };
  const wayBack = '-i cali+ -m rpfilter --validmark --invert';
  expect(at(true, wayBack)).toEqual([]);
  expect(at(false, wayBack)).toEqual(['pod-route-missing a (neighbour-discovery-blocked)']);
  // A rule that asks for nothing of the kind would take it with the route as well.
  const all = '-i cali+ -p ipv6-icmp';
  expect(at(true, all)).toEqual(['neighbour-discovery-blocked a']);
  expect(at(false, all)).toHaveLength(2);
});

it('node-identity-clash: a NIC has the address that Kubernetes has of another node, beside its own', () => {
  const beside = (address: string) => withOnNic({ address, prefixLength: 24, family: 4, scope: 'global' });
  const at = (address: string): string[] => {
    const { nodes, inventory } = pods({ a: beside(address), b: beside('192.0.2.1') });
    return drafted(nodeIdentityClash, nodes, inventory).map(({ where }) => where.node ?? '');
  };
  expect(at('10.0.0.2')).toEqual(['a']);
  // A link that each machine has for itself.
  expect(at('192.0.2.1')).toEqual([]);
});

it('node-identity-clash: an address that moves from node to node is nobody’s, whom ever Kubernetes still has it of', () => {
  const vip = { address: '10.0.0.100', prefixLength: 32, family: 4, scope: 'global' } as const;
  const at = (b: Partial<CaseNode>): string[] => {
    const { nodes, inventory } = pods({ a: withOnNic(vip), b });
    const named = [kubeNode('a', '10.0.0.1'), kubeNode('b', '10.0.0.2', vip.address)];
    return drafted(nodeIdentityClash, nodes, withList(inventory, 'nodes', named)).map(
      ({ where }) => where.node ?? '',
    );
  };
  expect(at({})).toEqual([]);
  expect(at(withOnNic(vip))).toContain('a');
});
