import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../probe/inventory.ts';
import type { EndpointSliceFact, ServiceFact } from '../../probe/kube-facts.ts';
import type { FirewallReading, FirewallTable } from '../../probe/firewall-facts.ts';
import type { NodeSnapshot, Section } from '../../probe/snapshot.ts';
import { fact, kubeNode } from '../../topology/testing/scenario.ts';
import { diagnose } from '../diagnose.ts';
import { counters, foundAt, known, link, pods, section, settings, told, withList } from '../testing/case.ts';

it('node-address-mismatch: docker0’s address, one that no interface has; silent for one of several NICs', () => {
  const annotated = (address: string) => (inventory: Inventory) =>
    withList(inventory, 'nodes', [
      { ...kubeNode('a', '10.0.0.1'), annotations: { 'projectcalico.org/IPv4Address': address } },
      kubeNode('b', '10.0.0.2'),
    ]);
  const docker = {
    facts: ({ links, addresses }: NodeSnapshot) => ({
      links: section('links', [
        ...(links?.value ?? []),
        link('docker0', { kind: 'bridge', ifindex: 9 }),
        link('ens224', { ifindex: 10 }),
      ]),
      addresses: section('addresses', [
        ...(addresses?.value ?? []),
        {
          ifindex: 9,
          name: 'docker0',
          addresses: [{ address: '172.17.0.1', prefixLength: 16, family: 4 as const, scope: 'global' }],
        },
        {
          ifindex: 10,
          name: 'ens224',
          addresses: [{ address: '10.5.0.1', prefixLength: 24, family: 4 as const, scope: 'global' }],
        },
      ]),
    }),
  };
  expect(foundAt({ a: docker }, annotated('172.17.0.1/16'))).toEqual(['node-address-mismatch a']);
  // Every node's docker0 has the same: Calico is wrong about one, and nobody has taken another's address.
  expect(foundAt({ a: docker, b: docker }, annotated('172.17.0.1/16'))).toEqual(['node-address-mismatch a']);
  expect(foundAt({ a: docker }, annotated('10.9.9.9/24'))).toEqual(['node-address-mismatch a']);
  expect(foundAt({ a: docker }, annotated('10.5.0.1/24'))).toEqual([]);
  expect(foundAt({ a: docker }, annotated('10.0.0.1/24'))).toEqual([]);
});

it('pool-overlaps-node-network: not for disabled pools, not for load balancers’', () => {
  const pool = (cidr: string, disabled: boolean, uses?: string[]) => (inventory: Inventory) =>
    withList(inventory, 'calico.pools', [
      {
        name: 'p',
        cidr,
        blockSize: 26,
        ipipMode: 'Never',
        vxlanMode: 'Never',
        natOutgoing: true,
        disabled,
        disableBgpExport: false,
        nodeSelector: 'all()',
        ...(uses === undefined ? {} : { allowedUses: uses }),
      },
    ]);
  expect(foundAt({}, pool('10.0.0.0/16', false))).toEqual(['pool-overlaps-node-network ']);
  expect(foundAt({}, pool('10.0.0.0/16', false, ['Workload', 'Tunnel']))).toEqual([
    'pool-overlaps-node-network ',
  ]);
  expect(foundAt({}, pool('10.0.0.0/16', false, ['LoadBalancer']))).toEqual([]);
  expect(foundAt({}, pool('10.0.0.0/16', true))).toEqual([]);
  expect(foundAt({}, pool('192.168.0.0/16', false))).toEqual([]);
});

it('service-without-endpoints: Pods that are not ready, or that nobody lists; not scaled to zero, selectorless, a name', () => {
  const service: ServiceFact = {
    namespace: 'default',
    name: 'web',
    type: 'ClusterIP',
    clusterIps: ['10.96.0.7'],
    externalIps: [],
    loadBalancerIps: [],
    externalName: null,
    ports: [],
    hasSelector: true,
    selector: { app: 'web' },
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
  };
  const endpoint = {
    addresses: ['192.168.1.2'],
    ready: false,
    serving: false,
    terminating: false,
    hinted: false,
    nodeName: 'a',
    pod: 'c2c-network-demo',
  };
  const slices =
    (
      endpoints: EndpointSliceFact['endpoints'],
      extra: Partial<ServiceFact> = {},
      labels: Record<string, string> = {},
      pod: Parameters<typeof fact>[0] = {},
    ) =>
    (inventory: Inventory) =>
      withList(
        withList(withList(inventory, 'services', [{ ...service, ...extra }]), 'endpointSlices', [
          { namespace: 'default', name: 'web-1', service: 'web', endpoints, ports: [] },
        ]),
        'pods',
        [fact({ labels, ...pod })],
      );
  const nobody = 'service-without-endpoints ';
  expect(foundAt({ b: { pods: [] } }, slices([endpoint]))).toEqual([nobody]);
  expect(foundAt({ b: { pods: [] } }, slices([], {}, { app: 'web' }))).toEqual([nobody]);
  expect(foundAt({ b: { pods: [] } }, slices([{ ...endpoint, ready: true }]))).toEqual([]);
  expect(foundAt({ b: { pods: [] } }, slices([]))).toEqual([]);
  // Its containers are being started.
  const starting = { ready: { containers: 1, ready: 0 }, createdAt: 985 };
  expect(foundAt({ b: { pods: [] } }, slices([endpoint], {}, {}, starting))).toEqual([]);
  const stuck = { ...starting, createdAt: 900 };
  expect(foundAt({ b: { pods: [] } }, slices([endpoint], {}, {}, stuck))).toEqual([nobody]);
  expect(foundAt({ b: { pods: [] } }, slices([endpoint], { hasSelector: false }))).toEqual([]);
  expect(foundAt({ b: { pods: [] } }, slices([endpoint], { type: 'ExternalName' }))).toEqual([]);
});

const frontend: ServiceFact = {
  namespace: 'default',
  name: 'web',
  type: 'ClusterIP',
  clusterIps: ['10.96.0.7'],
  externalIps: [],
  loadBalancerIps: [],
  externalName: null,
  ports: [{ name: null, protocol: 'TCP', port: 80, targetPort: '80', nodePort: null }],
  hasSelector: true,
  selector: { app: 'web', tier: 'front' },
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  sessionAffinity: 'None',
};
const ready: EndpointSliceFact['endpoints'][number] = {
  addresses: ['192.168.1.2'],
  ready: true,
  serving: true,
  terminating: false,
  hinted: false,
  nodeName: 'a',
  pod: 'c2c-network-demo',
};

/** FORWARD, and one chain that it calls, whose one rule counted so many packets by then. */
function forwarding(chain: string, text: string, packets: number, at = 1000): Section<FirewallReading> {
  const rule = (line: number, words: string, counted: number) =>
    ({ backend: 'xt', text: words, line, packets: counted, bytes: 0 }) as const;
  const filter: FirewallTable = {
    backend: 'nft-compat',
    family: 'ip',
    name: 'filter',
    chains: [
      {
        name: 'FORWARD',
        hook: { hook: 'forward', priority: 0, type: 'filter', policy: 'accept', device: null },
        packets: 0,
        bytes: 0,
        rules: [rule(1, `-j ${chain}`, 0)],
      },
      { name: chain, hook: null, packets: null, bytes: null, rules: [rule(2, text, packets)] },
    ],
    sets: [],
    evidence: 'f',
  };
  const rest = { ipsets: [], virtualServers: [], conntrack: null, unread: [], unreadCount: 0 };
  return { ...section<FirewallReading>('firewall', { tables: [filter], ...rest }), at: { s: at, ns: 0 } };
}

/** The cluster of `pods` with one Service and its endpoints, and filters on node a. */
function served(
  service: ServiceFact,
  endpoints: EndpointSliceFact['endpoints'],
  firewall: Section<FirewallReading>,
) {
  const { nodes, inventory } = pods({ a: { facts: () => ({ firewall }) } });
  const listed = withList(withList(inventory, 'services', [service]), 'endpointSlices', [
    { namespace: 'default', name: 'slice-1', service: service.name, endpoints, ports: [] },
  ]);
  return known([nodes], withList(listed, 'pods', [fact({ labels: { app: 'web' } })]));
}

describe('a Service that kube-proxy refuses', () => {
  const refusing = (packets: number, at: number) =>
    forwarding(
      'KUBE-SERVICES',
      '-d 10.96.0.7/32 -p tcp -m comment --comment "default/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable',
      packets,
      at,
    );
  const facts = (endpoints: EndpointSliceFact['endpoints']) => served(frontend, endpoints, refusing(5, 1000));
  const asked = {
    from: 'default/c2c-network-demo',
    to: 'svc/default/web',
    proto: 'tcp',
    port: 80,
    size: null,
  } as const;

  it('nothing where nobody is behind it and nobody tries: it is scaled to zero', () => {
    expect(told(diagnose(facts([])))).toEqual([]);
    const still = { earlierFirewalls: new Map([['a', refusing(5, 990)]]) };
    expect(told(diagnose({ ...facts([]), ...still }))).toEqual([]);
  });

  it('where somebody tries, by the rule’s counter or by asking: the reason, and the Pod that nearly fits', () => {
    const moved = { earlierFirewalls: new Map([['a', refusing(2, 990)]]) };
    for (const more of [moved, { asked }]) {
      const { findings } = diagnose({ ...facts([]), ...more });
      expect(findings.map(({ id }) => id)).toEqual(['service-without-endpoints']);
      expect(findings[0]?.because).toContain('No Pod of default has app=web,tier=front');
      expect(findings[0]?.because).toContain('default/c2c-network-demo has app=web alone');
    }
  });

  it('on the node whose kube-proxy has not heard of its endpoints', () => {
    const { findings } = diagnose(facts([ready]));
    expect(findings.map(({ id, where }) => `${id} ${where.node ?? ''}`)).toEqual([
      'service-without-endpoints a',
    ]);
    expect(findings[0]?.title).toContain('kube-proxy of a refuses');
  });

  it('silent where it may be used on nodes that have one of its Pods alone, until somebody tries', () => {
    const own = served({ ...frontend, internalTrafficPolicy: 'Local' }, [ready], refusing(5, 1000));
    expect(told(diagnose(own))).toEqual([]);
    expect(told(diagnose({ ...own, asked }))).toEqual(['service-without-endpoints a']);
  });
});

describe('dns-unanswered', () => {
  const dns: ServiceFact = {
    ...frontend,
    name: 'names',
    clusterIps: ['10.96.0.10'],
    ports: [
      { name: 'metrics', protocol: 'TCP', port: 9153, targetPort: '9153', nodePort: null },
      { name: 'dns', protocol: 'UDP', port: 53, targetPort: '53', nodePort: null },
    ],
  };
  const drops = (chain: string, text: string) => forwarding(chain, text, 7);
  const ids = (...given: Parameters<typeof served>) => told(diagnose(served(...given)));

  it('a filter takes UDP 53 alone: there, whatever the Service is called', () => {
    expect(ids(dns, [ready], drops('old-firewall', '-p udp -m udp --dport 53 -j DROP'))).toEqual([
      'dns-unanswered a',
    ]);
    // What takes all of UDP takes DNS as well, and nothing else that is tried.
    expect(ids(dns, [ready], drops('old-firewall', '-p udp -j REJECT'))).toEqual(['dns-unanswered a']);
  });

  it('not where it takes everything: DNS is among what that ends', () => {
    const [one, ...more] = diagnose(served(dns, [ready], drops('old-firewall', '-j DROP'))).findings;
    expect(more).toEqual([]);
    expect(one).toMatchObject({ id: 'forward-policy-drop', where: { node: 'a' } });
    expect(one?.consequences).toContain('192.168.1.2 → Service default/names');
  });

  it('a policy: where its counter rises, or somebody asks', () => {
    const policed = drops('cali-fw-cali1', '-p udp -m udp --dport 53 -j DROP');
    const facts = served(dns, [ready], policed);
    const earlier = (packets: number) =>
      new Map([['a', forwarding('cali-fw-cali1', '-p udp -m udp --dport 53 -j DROP', packets, 990)]]);
    const asked = {
      from: 'default/c2c-network-demo',
      to: 'svc/default/names',
      proto: 'udp',
      port: 53,
      size: null,
    } as const;
    expect(told(diagnose(facts))).toEqual([]);
    expect(told(diagnose({ ...facts, earlierFirewalls: earlier(7) }))).toEqual([]);
    expect(told(diagnose({ ...facts, earlierFirewalls: earlier(3) }))).toEqual(['dns-unanswered a']);
    expect(told(diagnose({ ...facts, asked }))).toEqual(['dns-unanswered a']);
  });

  it('nobody is behind it: scaled to zero; under what says that its Pods are not ready', () => {
    const nothing = drops('old-firewall', '-p tcp -m tcp --dport 1 -j DROP');
    expect(ids(dns, [], nothing)).toEqual(['dns-unanswered ']);
    expect(ids(frontend, [], nothing)).toEqual([]);
    expect(ids(dns, [ready], nothing)).toEqual([]);
    expect(ids(dns, [{ ...ready, ready: false, serving: false }], nothing)).toEqual([
      'service-without-endpoints  (dns-unanswered)',
    ]);
  });
});

it('iptables-backend-split: rules in both; not hints, canaries and empty chains', () => {
  const table = (backend: FirewallTable['backend'], chain: string, ...rules: string[]): FirewallTable => ({
    backend,
    family: 'ip',
    name: 'filter',
    chains: [
      {
        name: chain,
        hook: null,
        packets: null,
        bytes: null,
        rules: rules.map((text, at) => ({ backend: 'xt', text, line: at, packets: 0, bytes: 0 })),
      },
    ],
    sets: [],
    evidence: 'f',
  });
  const filters = (...tables: FirewallTable[]) => ({
    facts: () => ({
      firewall: section<FirewallReading>('firewall', {
        tables,
        ipsets: [],
        virtualServers: [],
        conntrack: null,
        unread: [],
        unreadCount: 0,
      }),
    }),
  });
  const nft = table('nft-compat', 'cali-FORWARD', '-j ACCEPT');
  expect(foundAt({ a: filters(nft, table('legacy', 'FORWARD', '-s 192.168.0.0/16 -j DROP')) })).toEqual([
    'iptables-backend-split a',
  ]);
  expect(foundAt({ a: filters(nft, table('legacy', 'KUBE-IPTABLES-HINT', '-j RETURN')) })).toEqual([]);
  expect(foundAt({ a: filters(nft, table('legacy', 'FORWARD')) })).toEqual([]);
});

it('conntrack-full: from 95 % on', () => {
  const table = (count: number) => ({
    facts: () => ({ counters: counters({}, { conntrackTable: { count, max: 1000 } }) }),
  });
  expect(foundAt({ a: table(960) })).toEqual(['conntrack-full a']);
  expect(foundAt({ a: table(940) })).toEqual([]);
});

it('neighbour-table-overflow: nearly as many as may be; fixed ones do not count', () => {
  const full = (state: string) => ({
    facts: () => ({
      settings: settings({ 'ipv4/neigh/default/gc_thresh3': '10' }),
      neighbours: section(
        'neighbours',
        Array.from({ length: 10 }, (_, at) => ({
          dst: `10.0.1.${String(at)}`,
          dev: 'ens192',
          mac: `02:00:00:00:02:0${String(at)}`,
          state,
        })),
      ),
    }),
  });
  expect(foundAt({ a: full('REACHABLE') })).toEqual(['neighbour-table-overflow a']);
  expect(foundAt({ a: full('PERMANENT') })).toEqual([]);
});

it('neighbour-table-overflow: the commands are for the family whose table is full', () => {
  const facts = () => ({
    settings: settings({ 'ipv6/neigh/default/gc_thresh3': '1' }),
    neighbours: section('neighbours', [
      { dst: 'fe80::9', dev: 'ens192', mac: '02:00:00:00:02:09', state: 'STALE' },
    ]),
  });
  const { nodes, inventory } = pods({ a: { facts } });
  const [one] = diagnose(known([nodes], inventory)).findings;
  expect(one?.suggestion.commands[0]).toMatch(
    /^sysctl -w net\.ipv6\.neigh\.default\.gc_thresh1=4096 net\.ipv6/,
  );
});
