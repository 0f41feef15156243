// A Service whose list of endpoints is gone, and a Pod of it that does not listen: two faults, of which neither hides the other.
import { expect, it } from 'vitest';
import type { ServiceFact } from '../probe/kube-facts.ts';
import type { InsidesReading } from '../probe/inside-facts.ts';
import { fact } from '../topology/testing/scenario.ts';
import { foundAt, section, withList } from './testing/case.ts';

const service: ServiceFact = {
  ...{ namespace: 'default', name: 'web', type: 'ClusterIP', clusterIps: ['10.96.0.7'] },
  ...{ externalIps: [], loadBalancerIps: [], externalName: null, hasSelector: true },
  ...{ internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster', sessionAffinity: 'None' },
  ports: [{ name: null, protocol: 'TCP', port: 80, targetPort: '9090', nodePort: null }],
  selector: { app: 'web' },
};

/** Its Pod hears on TCP 8080; the Service has one slice, of nobody unless told. */
function foundOf(
  { targetPort = '9090', protocol = 'TCP', ...more }: Partial<ServiceFact & ServiceFact['ports'][number]>,
  {
    app = 'web',
    ready = 1,
    isRead = true,
    isListed = false,
  }: { app?: string; ready?: number; isRead?: boolean; isListed?: boolean } = {},
): string[] {
  const none = { links: null, addresses: null, routes4: null, routes6: null, rules4: null, rules6: null };
  const insides: InsidesReading = {
    read: [
      {
        ...{ ...none, neighbours: null, fdb: null, filters: null, sysctls: new Map(), unanswered: [] },
        ...{ pid: 50, inode: 100, startTicks: 7, socketsCut: [], at: null, sentence: null },
        sockets: [{ pid: 50, protocol: 'tcp', address: '0.0.0.0', port: 8080, waiting: 0, drops: 0 }],
        evidence: ['sockets'],
      },
    ],
    unread: [],
  };
  const listed = {
    ...{ addresses: ['192.168.1.2'], ready: true, serving: true, terminating: false, hinted: false },
    ...{ nodeName: 'a', pod: 'c2c-network-demo' },
  };
  const ports = service.ports.map((one) => ({ ...one, targetPort, protocol }));
  return foundAt(
    { a: { facts: () => ({ insides: section('insides', insides) }) }, b: { pods: [] } },
    (all) => {
      const served = withList(all, 'services', [{ ...service, ports, ...more }]);
      const endpoints = isListed ? [listed] : [];
      const sliced = withList(served, 'endpointSlices', [
        { namespace: 'default', name: 'web-1', service: 'web', endpoints, ports: [] },
      ]);
      const pod = fact({ labels: { app }, ready: { containers: 1, ready } });
      return withList(isRead ? sliced : served, 'pods', [pod]);
    },
  );
}

it('a Pod that it selects and that does not listen is told beside the list that is gone', () => {
  expect(foundOf({})).toEqual(['socket-not-listening a', 'service-without-endpoints ']);
  expect(foundOf({ targetPort: '8080', protocol: 'UDP' })).toContain('socket-not-listening a');
});

it('not where it listens, by a name that its containers alone explain, and of SCTP', () => {
  for (const port of [{ targetPort: '8080' }, { targetPort: 'http' }, { protocol: 'SCTP' }])
    expect(foundOf(port)).toEqual(['service-without-endpoints ']);
});

it('not where the Service is no reason: other Pods’, nobody’s, one not ready, lists that were not read, or that tell ports themselves', () => {
  expect(foundOf({}, { app: 'other' })).toEqual([]);
  expect(foundOf({ hasSelector: false, selector: {} })).toEqual([]);
  expect(foundOf({ type: 'ExternalName' })).toEqual([]);
  expect(foundOf({}, { ready: 0 })).toEqual([]);
  expect(foundOf({}, { isRead: false })).toEqual([]);
  expect(foundOf({}, { isListed: true })).toEqual([]);
});
