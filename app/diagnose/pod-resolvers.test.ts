// Whom Pods ask for names: told where nobody can be there, silent where somebody outside may be.
import { expect, it } from 'vitest';
import type { NamespaceInside, InsidesReading } from '../probe/inside-facts.ts';
import type { InterfaceKind } from '../probe/facts.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { ServiceFact } from '../probe/kube-facts.ts';
import { parseXtablesSave } from '../probe/xtables-save.ts';
import { fact } from '../topology/testing/scenario.ts';
import { clusterOf } from './cluster.ts';
import { wrongResolvers } from './pod-resolvers.ts';
import { known, link, pods, section, withList } from './testing/case.ts';

const service = (name: string, ip: string, port: number, protocol: string): ServiceFact => ({
  ...{ namespace: 'kube-system', name, type: 'ClusterIP', clusterIps: [ip], externalIps: [] },
  ...{ loadBalancerIps: [], externalName: null, hasSelector: true },
  ports: [{ name: null, protocol, port, targetPort: String(port), nodePort: null }],
  ...{ internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster', sessionAffinity: 'None' },
});
const SERVICES = [
  service('kube-dns', '10.96.0.10', 53, 'UDP'),
  service('kubernetes', '10.96.0.1', 443, 'TCP'),
];

const firewall = (...rules: readonly string[]) =>
  section<FirewallReading>('firewall', {
    tables: parseXtablesSave(`*nat\n:PREROUTING ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`, {
      ...{ backend: 'nft-compat', family: 'ip', evidence: '' },
    }).tables.entries,
    ...{ ipsets: [], virtualServers: [], conntrack: null, unread: [], unreadCount: 0 },
  });
const device = (name: string, kind: InterfaceKind, address: string) => ({
  link: link(name, { ifindex: 95, kind }),
  at: {
    ...{ ifindex: 95, name },
    addresses: [{ family: 4 as const, address, prefixLength: 32, scope: 'global' }],
  },
});

interface Case {
  /** The Pod’s dnsPolicy, null: nobody tells; and those of its dnsConfig. */
  readonly policy?: string | null;
  readonly own?: readonly string[];
  /** Rules of the nat tables of node a, and of the Pod. */
  readonly rules?: { readonly node?: string; readonly pod?: string };
  /** A device of node b, or inside the Pod. */
  readonly device?: { readonly node?: ReturnType<typeof device>; readonly pod?: ReturnType<typeof device> };
}

/** Of the Pod of node a; null: its resolv.conf was not read. */
function told(
  nameservers: readonly string[] | null,
  { policy = 'ClusterFirst', own, rules, device: made }: Case = {},
): string[] {
  const inside: NamespaceInside = {
    ...{ links: null, routes4: null, routes6: null, rules4: null, rules6: null },
    ...{ neighbours: null, fdb: null, pid: 50, inode: 100, startTicks: 7 },
    ...{ sysctls: new Map(), sockets: null, socketsCut: [], unanswered: [], at: null },
    ...{ evidence: ['inside:50:resolver'], sentence: null },
    addresses: section('addresses', [made?.pod?.at ?? []].flat()),
    filters: firewall(...[rules?.pod ?? []].flat()),
    ...(nameservers === null ? {} : { nameservers }),
  };
  const { nodes, inventory } = pods({
    a: {
      facts: () => ({
        insides: section<InsidesReading>('insides', { read: [inside], unread: [] }),
        firewall: firewall(...[rules?.node ?? []].flat()),
      }),
    },
    b: {
      pods: [],
      facts: ({ links, addresses }) => ({
        links: section('links', [...(links?.value ?? []), ...[made?.node?.link ?? []].flat()]),
        addresses: section('addresses', [...(addresses?.value ?? []), ...[made?.node?.at ?? []].flat()]),
      }),
    },
  });
  const asking = fact({
    ...(policy === null ? {} : { dnsPolicy: policy }),
    ...(own === undefined ? {} : { nameservers: own }),
  });
  const named = withList(withList(inventory, 'services', SERVICES), 'pods', [asking]);
  return wrongResolvers(clusterOf(known([nodes], named))).map(
    ({ severity, where, title }) => `${severity} ${where.node ?? ''} ${where.pod ?? ''}: ${title}`,
  );
}

const LOCAL = '169.254.20.10';
const CACHE = device('nodelocaldns', 'dummy', LOCAL);

it('an address of the Services’ network that no Service has, one of another Service, one that other nodes have for it', () => {
  const asks = (severity: string, whom: string, why: string): string[] => [
    `${severity} a default/c2c-network-demo: default/c2c-network-demo on a asks ${whom} for names: ${why}`,
  ];
  expect(told(['10.96.0.99'])).toEqual(
    asks(
      'warning',
      '10.96.0.99',
      'no Service has it, and it is of the Services’ network (10.96.0.10 is kube-system/kube-dns)',
    ),
  );
  expect(told(['10.96.0.1'])).toEqual(
    asks(
      'error',
      '10.96.0.1',
      'that is the address of Service kube-system/kubernetes, which has no UDP port 53',
    ),
  );
  // A rule that names a longer address does not name this one.
  const near = { rules: { node: '-A PREROUTING -d 10.96.0.99/32 -j DNAT --to-destination 10.0.0.9' } };
  expect(told(['10.96.0.9'], near)).toHaveLength(1);
  expect(told([LOCAL], { device: { node: CACHE } })).toEqual(
    asks('error', LOCAL, 'no interface of a has that address, as b has it (NodeLocal DNSCache)'),
  );
});

it('beside one that answers it is a warning', () => {
  expect(told(['10.96.0.1', '10.96.0.10'])).toEqual([
    expect.stringMatching(/^warning a .* asks 10\.96\.0\.1 /),
  ]);
});

const SILENT: readonly (readonly [readonly string[] | null, Case?])[] = [
  [['10.96.0.10']],
  [['10.0.0.1']],
  [['8.8.8.8', '172.16.0.53']],
  [['192.168.1.2']],
  [['127.0.0.53']],
  [[]],
  [null],
  // A resolver of the company’s, beside a small network of Services.
  [['10.96.5.53']],
  // A cloud’s, and an eBPF program’s.
  [['169.254.169.254', LOCAL]],
  [[LOCAL], { device: { node: device('lo', 'loopback', LOCAL) } }],
  // The Pod’s author wants it so, or nobody tells.
  [['10.96.0.99'], { policy: 'Default' }],
  [['10.96.0.99'], { policy: 'None', own: ['10.96.0.99'] }],
  [['10.96.0.10', '10.96.0.99'], { own: ['10.96.0.99'] }],
  [['10.96.0.99'], { policy: null }],
  // Somebody takes it on the way, or has it inside.
  [['10.96.0.99'], { rules: { node: '-A PREROUTING -d 10.96.0.99/32 -j DNAT --to-destination 10.0.0.9' } }],
  [['10.96.0.1'], { rules: { pod: '-A PREROUTING -p udp --dport 53 -j REDIRECT --to-ports 15053' } }],
  [['10.96.0.99'], { device: { pod: device('eth0', 'veth', '10.96.0.99') } }],
];

it.each(SILENT.map(([nameservers, of = {}]) => [nameservers, of] as const))(
  'silent of %j, %j',
  (nameservers, of) => {
    expect(told(nameservers, of)).toEqual([]);
  },
);
