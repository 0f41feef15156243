// Whom Pods ask for names: told where nobody can be there, silent where somebody outside may be.
import { expect, it } from 'vitest';
import type { NamespaceInside, InsidesReading } from '../probe/inside-facts.ts';
import type { ServiceFact } from '../probe/kube-facts.ts';
import { fact } from '../topology/testing/scenario.ts';
import { clusterOf } from './cluster.ts';
import { wrongResolvers } from './pod-resolvers.ts';
import { known, pods, section, withList } from './testing/case.ts';

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

/** Of the Pod of node a; null: its resolv.conf was not read. */
function told(nameservers: readonly string[] | null): string[] {
  const inside: NamespaceInside = {
    ...{ links: null, addresses: null, routes4: null, routes6: null, rules4: null, rules6: null },
    ...{ neighbours: null, fdb: null, filters: null, pid: 50, inode: 100, startTicks: 7 },
    ...{ sysctls: new Map(), sockets: null, socketsCut: [], unanswered: [], at: null },
    ...{ evidence: ['inside:50:resolver'], sentence: null },
    ...(nameservers === null ? {} : { nameservers }),
  };
  const { nodes, inventory } = pods({
    a: { facts: () => ({ insides: section<InsidesReading>('insides', { read: [inside], unread: [] }) }) },
    b: { pods: [] },
  });
  const named = withList(withList(inventory, 'services', SERVICES), 'pods', [fact()]);
  return wrongResolvers(clusterOf(known([nodes], named))).map(
    ({ severity, where, title }) => `${severity} ${where.node ?? ''} ${where.pod ?? ''}: ${title}`,
  );
}

it('an address of the Services’ network that no Service has, one of another Service, a link-local one that the node lacks', () => {
  const asks = (whom: string): string =>
    `error a default/c2c-network-demo: default/c2c-network-demo on a asks ${whom} for names, where nobody answers`;
  for (const whom of ['10.96.0.99', '10.96.0.1', '169.254.20.10']) expect(told([whom])).toEqual([asks(whom)]);
});

it('beside one that answers it is a warning', () => {
  expect(told(['10.96.0.99', '10.96.0.10'])).toEqual([
    expect.stringMatching(/^warning a .* asks 10\.96\.0\.99 /),
  ]);
});

it.each([
  [['10.96.0.10']],
  [['10.0.0.1']],
  [['8.8.8.8', '172.16.0.53']],
  [['192.168.1.2']],
  [['127.0.0.53']],
  [[]],
  [null],
])('silent of %j', (nameservers) => expect(told(nameservers)).toEqual([]));
