// Two faults at once on two nodes: what the one breaks lies on the other's way, and explains it only where it could have made it so.
import { expect, it } from 'vitest';
import type { FirewallReading, FirewallTable } from '../probe/firewall-facts.ts';
import { parseRulesText } from '../probe/ip-rules.ts';
import type { SettingsReading } from '../probe/settings-facts.ts';
import type { NodeSnapshot, Section } from '../probe/snapshot.ts';
import { calicoInterfaceName } from '../topology/calico-name.ts';
import { bgp, route } from '../topology/testing/synthetic-node.ts';
import { diagnose } from './diagnose.ts';
import {
  changed,
  foundAt,
  knocking,
  link,
  neighbour,
  nicMac,
  section,
  settings,
  told,
  type CaseNode,
} from './testing/case.ts';
import { addressOf, blockOf, routedCluster } from './testing/routed-cluster.ts';

type Changes = Readonly<Record<string, Partial<CaseNode>>>;

/** In a full mesh of nodes with a Pod each: `ID node`, each once. */
function foundIn(changes: Changes, labels: readonly string[] = ['a', 'b', 'c']): string[] {
  const sessions = labels.flatMap((one, at) => labels.slice(at + 1).map((other) => `${one}-${other}`));
  const facts = routedCluster({
    ...{ labels, sessions, podsEach: 1 },
    change: (label) => changes[label] ?? {},
  });
  return [...new Set(told(diagnose(facts)).map((one) => one.split(' (')[0] ?? ''))].sort();
}

const withoutCarrier: Partial<CaseNode> = {
  facts: ({ links }: NodeSnapshot) => ({
    links: changed(links, (one) => (one.name === 'ens192' ? { ...one, carrier: false } : one)),
  }),
};
const withoutBird: Partial<CaseNode> = { bird: { state: 'dead', protocols: [], routes: null } };

/** Beside the routes that it has. */
const added = (...more: ReturnType<typeof route>[]): Partial<CaseNode> => ({
  facts: ({ routes4 }: NodeSnapshot) => ({
    routes4: section('routes4', [...(routes4?.value ?? []), ...more]),
  }),
});

/** Its sides of its sessions, up for long. */
const sessions = (own: number, more: (peer: number) => Parameters<typeof bgp>[1]): Partial<CaseNode> => ({
  bird: {
    state: 'running',
    protocols: [0, 1, 2]
      .filter((peer) => peer !== own)
      .map((peer) =>
        bgp(`Mesh_${addressOf(peer).replaceAll('.', '_')}`, {
          ...{ localAddress: addressOf(own), neighbourAddress: addressOf(peer) },
          ...{ sinceAt: { s: 900, ns: 0 }, ...more(peer) },
        }),
      ),
    routes: null,
  },
});

it.each([
  ['has no carrier', withoutCarrier, 'link-down b'],
  ['has lost its BIRD', withoutBird, 'stale-bgp-routes b'],
])('a route that refuses, put over the block of a node that %s', (_, other, id) => {
  const refusing = added(route('192.168.2.0/25', { type: 'unreachable' }));
  expect(foundIn({ a: refusing, b: other })).toEqual([id, 'unresolved-next-hop a']);
});

it('a session that is switched off, to a node without carrier', () => {
  const off = sessions(0, (peer) => (peer === 1 ? { state: 'down', info: '', bgpState: 'Down' } : {}));
  expect(foundIn({ a: off, b: withoutCarrier })).toEqual(['bgp-not-established a', 'link-down b']);
});

it('a MAC address that was entered by hand, of a node that has another’s', () => {
  const entered = {
    facts: () => ({ neighbours: section('neighbours', [neighbour('10.0.0.2', { state: 'PERMANENT' })]) }),
  };
  const cloned = {
    facts: ({ links }: NodeSnapshot) => ({
      links: changed(links, (one) => (one.name === 'ens192' ? { ...one, mac: nicMac('c') } : one)),
    }),
  };
  const found = foundIn({ a: entered, b: cloned });
  expect(found).toContain('wrong-neighbour a');
  expect(found.filter((one) => one.startsWith('duplicate-mac'))).toHaveLength(1);
});

it('who tells nobody of its Pods, and one of those has no carrier, or no session any more', () => {
  const silent = sessions(0, () => ({ exported: 0 }));
  const without = (own: number, more: Parameters<typeof sessions>[1] = () => ({})): Partial<CaseNode> => ({
    ...sessions(own, more),
    facts: ({ routes4, links }: NodeSnapshot) => ({
      routes4: changed(routes4, (one) => (one.dst === blockOf(0) ? null : one)),
      links: own === 1 ? (withoutCarrier.facts?.({ links } as NodeSnapshot).links ?? null) : links,
    }),
  });
  expect(foundIn({ a: silent, b: without(1), c: without(2) })).toEqual([
    'bgp-not-established a',
    'link-down b',
  ]);
  const [toA, toC] = [0, 2].map((at) => ({
    ...sessions(at, (peer) => ({ exported: 0, ...(peer === 1 ? knocking : {}) })),
  }));
  expect(
    foundIn({ a: toA ?? {}, b: { ...without(1, () => knocking) }, c: { ...without(2), ...toC } }),
  ).toEqual(['bgp-not-established a', 'link-down b']);
});

it('a borrowed address that is told to nobody, of the block of a node without carrier', () => {
  const borrowing = added(
    route('192.168.2.250/32', { dev: calicoInterfaceName('default', 'pod-1-1'), proto: '80', scope: 'link' }),
  );
  expect(foundIn({ a: borrowing })).toEqual(['blackhole-shadows-pod a']);
  expect(foundIn({ a: borrowing, b: withoutCarrier })).toEqual(['blackhole-shadows-pod a', 'link-down b']);
});

it('no entry of a tunnel for a node without carrier', () => {
  const tunnel = (ifindex: number, mac: string): ReturnType<typeof link> =>
    link('vxlan.calico', { kind: 'vxlan', ifindex, mac, mtu: 1450 });
  const asking = {
    routes: [route('192.168.2.0/24', { dev: 'vxlan.calico', via: '192.168.2.0', proto: '80' })],
    facts: ({ links }: NodeSnapshot) => ({
      links: section('links', [...(links?.value ?? []), tunnel(9, '66:00:00:00:00:01')]),
      neighbours: section('neighbours', [
        neighbour('192.168.2.0', { dev: 'vxlan.calico', mac: '66:00:00:00:00:02', state: 'PERMANENT' }),
      ]),
      fdb: section('fdb', []),
    }),
  };
  const far = {
    facts: ({ links, addresses }: NodeSnapshot) => ({
      links: section('links', [
        ...(withoutCarrier.facts?.({ links } as NodeSnapshot).links?.value ?? []),
        tunnel(9, '66:00:00:00:00:02'),
      ]),
      addresses: section('addresses', [
        ...(addresses?.value ?? []),
        {
          ...{ ifindex: 9, name: 'vxlan.calico' },
          addresses: [{ address: '192.168.2.0', prefixLength: 32, family: 4 as const, scope: 'global' }],
        },
      ]),
    }),
  };
  expect(
    foundAt({ a: asking, b: far })
      .map((one) => one.split(' (')[0])
      .toSorted(),
  ).toEqual(['link-down b', 'vxlan-fdb-missing a']);
});

it('an answer that the reverse path filter would refuse, of a node that does not forward, or has no carrier', () => {
  const strict = (forward: string): Section<SettingsReading> =>
    settings({
      ...{ 'ipv4/ip_forward': forward, 'ipv4/conf/all/forwarding': forward, 'ipv4/conf/all/rp_filter': '1' },
      ...{ 'ipv4/conf/ens192/forwarding': forward, 'ipv4/conf/ens192/rp_filter': '1' },
    });
  const marking = (hook: 'prerouting' | 'output', text: string): FirewallTable['chains'][number] => ({
    ...{ name: hook.toUpperCase(), packets: 0, bytes: 0 },
    hook: {
      hook,
      priority: -150,
      type: hook === 'output' ? 'route' : 'filter',
      policy: 'accept',
      device: null,
    },
    rules: [
      { ...{ backend: 'xt', line: 1, packets: 0, bytes: 0 }, text: `${text} -j MARK --set-xmark 0x1/0x1` },
    ],
  });
  const marks: FirewallTable = {
    ...{ backend: 'nft-compat', family: 'ip', name: 'mangle', sets: [], evidence: 'f' },
    chains: [marking('prerouting', '! -i ens192'), marking('output', '')],
  };
  const rules =
    '0:\tfrom all lookup local\n101:\tfrom all fwmark 0x1/0x1 lookup 77\n32766:\tfrom all lookup main\n';
  const detour = ({ routes4, links }: NodeSnapshot): Partial<NodeSnapshot> => ({
    links: section('links', [...(links?.value ?? []), link('br-detour', { kind: 'bridge', ifindex: 70 })]),
    routes4: section('routes4', [
      ...(routes4?.value ?? []),
      route('192.168.2.0/25', { dev: 'br-detour', scope: 'link' }),
      route(blockOf(1), { dev: 'ens192', via: addressOf(1), table: '77' }),
    ]),
    rules4: section('rules4', parseRulesText(rules, 4).entries),
    firewall: section<FirewallReading>('firewall', {
      ...{ tables: [marks], ipsets: [], virtualServers: [], conntrack: null, unread: [], unreadCount: 0 },
    }),
    settings: strict('1'),
  });
  const a: Partial<CaseNode> = { facts: detour };
  expect(foundIn({ a })).toEqual(['rp-filter-drop a']);
  expect(foundIn({ a, b: { facts: () => ({ settings: strict('0') }) } })).toEqual([
    'ip-forward-off b',
    'rp-filter-drop a',
  ]);
  expect(foundIn({ a, b: withoutCarrier })).toEqual(['link-down b', 'rp-filter-drop a']);
});

it('rules on two nodes that send Pods’ packets to one place where they end', () => {
  const sending = (own: number): Partial<CaseNode> => ({
    facts: ({ routes4 }: NodeSnapshot) => ({
      routes4: section('routes4', [
        ...(routes4?.value ?? []),
        route(blockOf(1), { dev: 'ens192', via: addressOf(3), table: '77' }),
      ]),
      rules4: section(
        'rules4',
        parseRulesText(
          `0:\tfrom all lookup local\n100:\tfrom ${blockOf(own)} lookup 77\n32766:\tfrom all lookup main\n`,
          4,
        ).entries,
      ),
    }),
  });
  const deaf = {
    facts: () => ({
      settings: settings({
        'ipv4/ip_forward': '0',
        'ipv4/conf/ens192/forwarding': '0',
        'ipv4/conf/all/rp_filter': '0',
        'ipv4/conf/ens192/rp_filter': '0',
      }),
    }),
  };
  expect(foundIn({ a: sending(0), c: sending(2), d: deaf }, ['a', 'b', 'c', 'd'])).toEqual(
    expect.arrayContaining(['policy-routing-diverts a', 'policy-routing-diverts c']),
  );
});
