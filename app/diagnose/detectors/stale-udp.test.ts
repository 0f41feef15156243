import { expect, it } from 'vitest';
import type { EndpointSliceFact, ServiceFact } from '../../probe/kube-facts.ts';
import { parseTracked } from '../../probe/tracked.ts';
import type { Inventory } from '../../probe/inventory.ts';
import { drafted, known, pods, section, withList, type CaseNode } from '../testing/case.ts';
import { clusterOf } from '../cluster.ts';
import { staleUdpConntrack } from './stale-udp-conntrack.ts';

const service: ServiceFact = {
  namespace: 'default',
  name: 'names',
  type: 'ClusterIP',
  clusterIps: ['10.96.0.10', 'fd00:96::a'],
  externalIps: ['203.0.113.9'],
  loadBalancerIps: [],
  externalName: null,
  ports: [{ name: 'dns', protocol: 'UDP', port: 53, targetPort: '53', nodePort: 30_053 }],
  hasSelector: true,
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  sessionAffinity: 'None',
};
const slice = (...addresses: string[]): EndpointSliceFact => ({
  namespace: 'default',
  name: 'names-1',
  service: 'names',
  endpoints: [
    { addresses, ready: false, serving: true, terminating: true, hinted: false, nodeName: 'b', pod: null },
  ],
  ports: [{ name: 'dns', protocol: 'UDP', port: 53 }],
});

interface Entry {
  readonly left?: number;
  readonly to?: string;
  readonly port?: number;
  readonly endpoint?: string;
  readonly from?: string;
  readonly sent?: number;
  readonly replied?: boolean;
}

function printed({
  left = 29,
  to = '10.96.0.10',
  port = 53,
  endpoint = '192.168.1.61',
  from = '192.168.1.2',
  sent,
  replied = false,
}: Entry): string {
  const counted = (count: number): string => (sent === undefined ? '' : `packets=${String(count)} bytes=60 `);
  return `timeouts 30 120\nipv4 2 udp 17 ${String(left)} src=${from} dst=${to} sport=5353 dport=${String(port)} ${counted(sent ?? 0)}${replied ? '' : '[UNREPLIED] '}src=${endpoint} dst=${from} sport=53 dport=5353 ${counted(replied ? 3 : 0)}mark=0 use=1 entries=1`;
}

function caseWith(entry: Entry): { readonly nodes: CaseNode[]; readonly inventory: Inventory } {
  const facts = () => ({ tracked: section('tracked', parseTracked(printed(entry))) });
  const quiet = () => ({ tracked: section('tracked', parseTracked('')) });
  const { nodes, inventory } = pods({ a: { facts }, b: { facts: quiet } });
  const served = withList(inventory, 'services', [service]);
  return { nodes, inventory: withList(served, 'endpointSlices', [slice('192.168.2.3', '192.168.2.4')]) };
}

function told(entry: Entry): string[] {
  const { nodes, inventory } = caseWith(entry);
  return drafted(staleUdpConntrack, nodes, inventory).map(
    ({ where, confidence }) => `${where.node ?? ''} ${where.pod ?? ''} ${confidence}`,
  );
}

const demo = 'a default/c2c-network-demo';

it('stale-udp-conntrack: by any of the Service’s addresses, a node’s port too; certain where packets are counted', () => {
  expect(told({})).toEqual([`${demo} likely`]);
  expect(told({ sent: 40 })).toEqual([`${demo} certain`]);
  expect(told({ sent: 40, left: 8 })).toEqual([`${demo} certain`]);
  // It had been answered while the endpoint lived.
  expect(told({ sent: 40, replied: true })).toEqual([`${demo} likely`]);
  expect(told({ to: '203.0.113.9' })).toEqual([`${demo} likely`]);
  expect(told({ to: '10.0.0.1', port: 30_053, from: '10.9.9.9' })).toEqual(['a  likely']);
  const six = {
    to: 'fd00:0096:0000:0000:0000:0000:0000:000a',
    endpoint: 'fd00:0001:0000:0000:0000:0000:0000:0009',
    from: 'fd00:0001:0000:0000:0000:0000:0000:0002',
  };
  const { nodes, inventory } = caseWith(six);
  expect(drafted(staleUdpConntrack, nodes, inventory)[0]?.suggestion.commands).toEqual([
    'conntrack -D -f ipv6 -p udp --orig-dst fd00:96::a --reply-src fd00:1::9',
  ]);
});

it('silent: an endpoint that lives or is listed, another destination, one packet, nothing for a while', () => {
  for (const entry of [
    { endpoint: '192.168.2.3' },
    // About to end, and listed.
    { endpoint: '192.168.2.4' },
    // A living Pod, and a node.
    { endpoint: '192.168.1.2' },
    { endpoint: '10.0.0.2' },
    { to: '10.96.0.11' },
    { port: 54 },
    { to: '10.9.9.9', port: 30_053 },
    { left: 8 },
    { sent: 1 },
    { left: 500 },
  ])
    expect(told(entry), JSON.stringify(entry)).toEqual([]);
});

it('silent for a minute after the endpoint’s Pod was seen to go', () => {
  const { nodes, inventory } = caseWith({ endpoint: '192.168.2.3' });
  const without = withList(inventory, 'endpointSlices', [slice('192.168.2.4')]);
  const gone = withList(
    without,
    'pods',
    Object.values(without.pods).filter(({ nodeName }) => nodeName === 'a'),
  );
  const later = (at: number): CaseNode[] =>
    nodes.map((node) => ({ ...node, at, ...(node.label === 'b' ? { pods: [] } : {}) }));
  const at = (second: number): number =>
    staleUdpConntrack.detect(clusterOf(known([nodes, later(1010), later(second)], gone))).drafts.length;
  expect([at(1030), at(1200)]).toEqual([0, 1]);
});

it('says where it could not look', () => {
  const { nodes, inventory } = caseWith({});
  const refused = {
    ...section('tracked', parseTracked('')),
    state: 'not-permitted' as const,
    value: null,
    sentence: 'The connections of UDP of b are unknown.',
  };
  const some = nodes.map((node) =>
    node.label === 'b' ? { ...node, facts: () => ({ tracked: refused }) } : node,
  );
  expect(staleUdpConntrack.detect(clusterOf(known([some], inventory)))).toMatchObject({
    looked: true,
    skipped: 'The connections of UDP of b were not read: The connections of UDP of b are unknown.',
  });
  const { skipped } = staleUdpConntrack.detect(clusterOf(known([nodes], null)));
  expect(skipped).toBe('Kubernetes’ Services and EndpointSlices were not listed.');
});
