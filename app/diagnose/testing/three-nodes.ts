// For tests: three nodes on one wire, each with a VXLAN device and routes to the others' blocks; Pods live on a and b.
import type { FirewallReading } from '../../probe/firewall-facts.ts';
import type { Route } from '../../probe/facts.ts';
import { emptyInventory } from '../../probe/inventory.ts';
import type { ServiceFact } from '../../probe/kube-facts.ts';
import type { Section } from '../../probe/section.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { kubeNode } from '../../topology/testing/scenario.ts';
import { worker } from '../../trace/testing/worker.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import type { KnownFacts } from '../detected.ts';
import { known, link, pods, section, settings, withList, type CaseNode } from './case.ts';

export const BESIDE = { a: '10.0.0.1', b: '10.0.0.2', c: '10.0.0.3' } as const;
type Label = keyof typeof BESIDE;

/** To the blocks of others, by which device; null: it has no such route. */
type Way = 'ens192' | 'over' | null;

const blockOf = (label: Label): string => `192.168.${String(label.charCodeAt(0) - 96)}.0/24`;

const LABELS = ['a', 'b', 'c'] as const satisfies readonly Label[];

const peersOf = (own: Label): Label[] => LABELS.filter((peer) => peer !== own);

const macOf = (label: Label): string => `66:00:00:00:00:0${label}`;

interface Ways {
  readonly way: (own: Label, peer: Label) => Way;
  readonly addressOf: Readonly<Record<Label, string>>;
  /** The address of a node's VXLAN device. */
  readonly tunnelAt: (label: Label) => string;
  /** Routes that a node has beside these. */
  readonly beside: (label: Label) => readonly Route[];
  /** What the reverse path filter is set to, on all. */
  readonly reversePath: string;
}

/** `more`: what else was read of a node. */
export function threeNodes(
  way: Ways['way'],
  addressOf: Ways['addressOf'] = BESIDE,
  more: (label: Label) => Partial<NodeSnapshot> = () => ({}),
  {
    tunnelAt = (label) => blockOf(label).replace('/24', ''),
    beside = () => [],
    reversePath = '1',
  }: Partial<Pick<Ways, 'tunnelAt' | 'beside' | 'reversePath'>> = {},
): KnownFacts {
  const ways: Ways = { way, addressOf, tunnelAt, beside, reversePath };
  const { nodes, inventory } = pods();
  const third: CaseNode = { label: 'c', at: 1000, address: addressOf.c, bootId: 'boot-3' };
  const all = [...nodes, third].map((node): CaseNode => {
    const own = node.label as Label;
    return {
      ...node,
      address: addressOf[own],
      routes: routesOf(own, ways),
      facts: (snapshot) => ({ ...tunnelFacts(own, ways, snapshot), ...settingsOf(ways), ...more(own) }),
    };
  });
  const named = LABELS.map((one) => kubeNode(one, addressOf[one]));
  return known([all], withList(inventory, 'nodes', named));
}

/** To its own network, to itself, and to the others' blocks. */
function routesOf(own: Label, { way, addressOf, tunnelAt, beside }: Ways): Route[] {
  const net = addressOf[own].replace(/\d+$/, '0/24');
  const local = { type: 'local', table: 'local', dev: 'ens192', proto: 'kernel', scope: 'host' } as const;
  return [
    route(net, { dev: 'ens192', proto: 'kernel', scope: 'link', prefsrc: addressOf[own] }),
    ...[addressOf[own], tunnelAt(own)].map((address) => route(`${address}/32`, local)),
    ...peersOf(own).flatMap((peer): Route[] => {
      const dev = way(own, peer);
      if (dev === null) return [];
      const via = dev === 'over' ? blockOf(peer).replace('/24', '') : addressOf[peer];
      return [route(blockOf(peer), { dev, via })];
    }),
    ...beside(own),
  ];
}

/** The VXLAN device, with its address, and its entries for the others. */
function tunnelFacts(
  own: Label,
  { addressOf, tunnelAt }: Ways,
  { links, addresses }: NodeSnapshot,
): Partial<NodeSnapshot> {
  const peers = peersOf(own);
  return {
    links: section('links', [
      ...(links?.value ?? []),
      link('over', {
        ...{ kind: 'vxlan', ifindex: 9, mac: macOf(own), mtu: 1450 },
        tunnel: { vni: 5, port: 5555, local: addressOf[own], remote: null, lower: null },
      }),
    ]),
    addresses: section('addresses', [
      ...(addresses?.value ?? []),
      {
        ...{ ifindex: 9, name: 'over' },
        addresses: [{ address: tunnelAt(own), prefixLength: 32, family: 4 as const, scope: 'global' }],
      },
    ]),
    neighbours: section(
      'neighbours',
      peers.map((peer) => ({
        ...{ dst: blockOf(peer).replace('/24', ''), dev: 'over', state: 'PERMANENT' },
        mac: macOf(peer),
      })),
    ),
    fdb: section(
      'fdb',
      peers.map((peer) => ({
        ...{ mac: macOf(peer), dev: 'over', dst: addressOf[peer] },
        ...{ master: null, vlan: null, permanent: true },
      })),
    ),
  };
}

function settingsOf({ reversePath }: Ways): Partial<NodeSnapshot> {
  const each = ['over', 'ens192'].flatMap((dev): [string, string][] => [
    [`ipv4/conf/${dev}/rp_filter`, reversePath],
    [`ipv4/conf/${dev}/forwarding`, '1'],
  ]);
  const all = { 'ipv4/ip_forward': '1', 'ipv4/conf/all/rp_filter': reversePath };
  return {
    // Who listens was not read.
    settings: settings(
      { ...all, ...Object.fromEntries(each) },
      { socketsCut: [{ pid: null, protocol: 'tcp' }] },
    ),
  };
}

/** A Service whose endpoint is node c itself. */
const service: ServiceFact = {
  ...{ namespace: 'default', name: 'api', type: 'ClusterIP', clusterIps: ['10.96.0.1'] },
  ...{ externalIps: [], loadBalancerIps: [], externalName: null, hasSelector: true },
  ports: [{ name: null, protocol: 'TCP', port: 443, targetPort: '6443', nodePort: null }],
  ...{ internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster', sessionAffinity: 'None' },
};

/** What Kubernetes says of it. */
export function withService(facts: KnownFacts): KnownFacts {
  const endpoint = {
    ...{ addresses: [BESIDE.c], ready: true, serving: true, terminating: false, hinted: false },
    ...{ nodeName: 'c', pod: null },
  };
  const inventory = withList(
    withList(facts.inventory ?? emptyInventory, 'services', [service]),
    'endpointSlices',
    [
      {
        namespace: 'default',
        name: 'api-1',
        service: 'api',
        endpoints: [endpoint],
        ports: [{ name: null, protocol: 'TCP', port: 6443 }],
      },
    ],
  );
  return { ...facts, inventory };
}

/** As `iptables-save` prints them. */
export function filtersOf(iptables: string): Section<FirewallReading> {
  return section('firewall', {
    ...{ tables: [], ipsets: [], virtualServers: [], conntrack: null, unread: [], unreadCount: 0 },
    ...worker({ iptables }).filters,
  });
}
