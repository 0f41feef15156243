import { describe, expect, it } from 'vitest';
import { applyList, emptyInventory } from '../probe/inventory.ts';
import type { ServiceFact } from '../probe/kube-facts.ts';
import { askedTrace } from './asked.ts';
import { endNamed } from './ends.ts';
import type { TraceRequest } from './model.ts';
import { knownCluster } from './testing/real-cluster.ts';

const cluster = knownCluster(new URL('../paste/fixtures/walkthrough/', import.meta.url));

const service = (name: string, extra: Partial<ServiceFact> = {}): ServiceFact => ({
  namespace: 'default',
  name,
  type: 'ClusterIP',
  clusterIps: ['10.96.7.7'],
  externalIps: [],
  loadBalancerIps: [],
  externalName: null,
  ports: [
    { name: 'http', protocol: 'TCP', port: 80, targetPort: '8080', nodePort: null },
    { name: 'metrics', protocol: 'TCP', port: 9090, targetPort: '9090', nodePort: null },
  ],
  hasSelector: true,
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  sessionAffinity: 'None',
  ...extra,
});

const facts = [
  service('web'),
  service('headless', { clusterIps: ['None'] }),
  service('elsewhere', { type: 'ExternalName', clusterIps: [], externalName: 'example.org' }),
];
const inventory = applyList(cluster.inventory ?? emptyInventory, [
  { kind: 'services', resourceVersion: '1', next: null, unread: { count: 0, first: null }, facts },
]);
const known = { ...cluster, inventory };

const named = (text: string): string => {
  const end = endNamed(known, text);
  return end.ok ? `${end.value.kind} ${end.value.label} ${end.value.addresses.join(',')}` : end.failure;
};

describe('an end of a trace', () => {
  it.each([
    ['c2c-network-demo', 'pod default/c2c-network-demo 192.168.1.2'],
    ['default/c2c-network-demo', 'pod default/c2c-network-demo 192.168.1.2'],
    ['pod/c2c-network-demo', 'pod default/c2c-network-demo 192.168.1.2'],
    ['192.168.1.2', 'pod default/c2c-network-demo 192.168.1.2'],
    ['k8s-worker-2', 'node k8s-worker-2 10.12.22.152'],
    ['node/k8s-worker-1', 'node k8s-worker-1 10.12.22.151,172.17.0.1'],
    ['10.12.22.151', 'node k8s-worker-1 10.12.22.151'],
    ['svc/default/web', 'service default/web 10.96.7.7'],
    ['default/web', 'service default/web 10.96.7.7'],
    ['10.96.7.7', 'service default/web 10.96.7.7'],
    ['8.8.8.8', 'outside 8.8.8.8 8.8.8.8'],
    ['[2001:db8::1]', 'outside 2001:db8::1 2001:db8::1'],
  ])('%s is %s', (text, end) => expect(named(text)).toBe(end));

  it.each([
    [
      'nobody',
      /^There is no Pod, node or Service nobody; there are default\/c2c-network-demo, .*k8s-worker-2\.$/,
    ],
    ['svc/nobody', /^There is no Service nobody; there are default\/web/],
    ['default/headless', /headless and has no endpoint/],
    ['default/elsewhere', /is another name for example\.org/],
    ['node/c2c-network-demo', /^There is no Pod, node or Service c2c-network-demo/],
  ])('%s is refused with a sentence', (text, sentence) => expect(named(text)).toMatch(sentence));
});

describe('what is asked', () => {
  const asked = (request: Partial<TraceRequest>) =>
    askedTrace(known, {
      from: 'c2c-network-demo',
      to: 'web',
      proto: 'tcp',
      port: null,
      size: null,
      ...request,
    });

  it('takes the first port of a Service, and says that it took one', () => {
    const value = asked({});
    expect(value).toMatchObject({ ok: true, value: { packet: { dport: 80, protocol: 6 } } });
    expect(value.ok && value.value.notes).toEqual([
      'No port was said: 80, the first of default/web, was taken.',
    ]);
  });

  it('lets a node’s kernel choose the source, and a said address be it', () => {
    const unchosen = asked({ from: 'k8s-worker-1' });
    expect(unchosen.ok && [...unchosen.value.packet.src.words]).toEqual([0]);
    const said = asked({ from: '10.12.22.151' });
    expect(said.ok && said.value.fromText).toBe('k8s-worker-1 (10.12.22.151)');
  });

  it.each([
    [{ proto: 'udp' } as const, /has tcp 80, tcp 9090, and none of udp: say --proto/],
    [{ from: 'svc/web' }, /is a Service and sends nothing itself/],
    [{ family: 6 } as const, /no addresses of one family: 192\.168\.1\.2 and /],
    [{ to: '2001:db8::1' }, /no addresses of one family: 192\.168\.1\.2 and 2001:db8::1/],
  ])('%j is refused with a sentence', (request, sentence) => {
    const value = asked(request);
    expect(value.ok ? '' : value.failure).toMatch(sentence);
  });
});
