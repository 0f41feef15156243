import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ALL_KUBE_KINDS } from '../probe/kube-kinds.ts';
import { runs } from '../testing/runs.ts';
import { kubernetesObjects } from './kubernetes-objects.ts';
import { built, pasted } from './testing/built.ts';

/** One of each kind, in as few words as the API's own schema allows. */
const OBJECTS: readonly {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec?: unknown;
  [more: string]: unknown;
}[] = [
  { apiVersion: 'v1', kind: 'Node' },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    spec: { nodeName: 'w1', containers: [{}] },
    status: { podIP: '192.168.1.2' },
  },
  { apiVersion: 'v1', kind: 'Service', spec: { clusterIP: '10.96.0.10', ports: [{ port: 80 }] } },
  { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', endpoints: [], ports: [] },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', spec: { podSelector: {} } },
  { apiVersion: 'crd.projectcalico.org/v1', kind: 'IPPool', spec: { cidr: '192.168.0.0/16' } },
  {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPAMBlock',
    spec: { cidr: '192.168.1.0/26', affinity: 'host:w1', allocations: [], attributes: [] },
  },
  {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'BlockAffinity',
    spec: { cidr: '192.168.1.0/26', node: 'w1', state: 'confirmed', deleted: 'false' },
  },
  { apiVersion: 'projectcalico.org/v3', kind: 'BGPPeer', spec: { peerIP: '10.12.0.9', asNumber: 64512 } },
  { apiVersion: 'projectcalico.org/v3', kind: 'BGPConfiguration', spec: { nodeToNodeMeshEnabled: false } },
  { apiVersion: 'projectcalico.org/v3', kind: 'FelixConfiguration', spec: { bpfEnabled: false } },
  { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', spec: { selector: 'all()' } },
  { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy', spec: { selector: 'all()' } },
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'WorkloadEndpoint',
    spec: { node: 'w1', pod: 'web', interfaceName: 'cali1' },
  },
  {
    apiVersion: 'v1',
    kind: 'Event',
    type: 'Warning',
    reason: 'BackOff',
    lastTimestamp: '2026-11-26T10:00:00Z',
    involvedObject: { kind: 'Pod', name: 'web' },
  },
  { apiVersion: 'cilium.io/v2', kind: 'CiliumNode', spec: { addresses: [] } },
  { apiVersion: 'cilium.io/v2', kind: 'CiliumEndpoint', status: { id: 7 } },
];
const objects = OBJECTS.map((one) => ({
  ...one,
  metadata: { name: 'web', namespace: 'shop', uid: `uid-${one.kind}` },
}));

describe('objects of the Kubernetes API', () => {
  it.each([
    ['json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 4)],
    [
      'yaml',
      stringify({ apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } }),
    ],
    ['yaml', objects.map((one) => stringify(one)).join('---\n')],
  ] as const)('of every kind are read from %s', (format, text) => {
    const read = kubernetesObjects(text, format);
    if (read?.ok !== true) throw new Error(read?.failure ?? 'null');
    expect(read.value.odd).toEqual([]);
    expect(read.value.known.map(({ kind }) => kind).sort()).toEqual([...ALL_KUBE_KINDS].sort());
  });

  it('pasted, of every kind, are the inventory; of what was not pasted nothing is said', () => {
    const text = objects
      .filter(({ kind }) => kind !== 'Service')
      .map((one) => stringify(one))
      .join('---\n');
    const { inventory, report } = built([
      pasted(`# kubectl get all-of-it -o yaml\n${text}# ip route\ndefault via 10.0.0.1 dev eth0\n`),
    ]);
    expect(report.unread).toEqual([]);
    expect(report.pieces.map(({ home, use }) => [home.kind, use])).toEqual([
      ['cluster', 'read'],
      ['node', 'read'],
    ]);
    expect(
      Object.entries(inventory?.kinds ?? {}).filter(([, { state }]) => state !== 'listed'),
    ).toMatchObject([['services', { state: 'unread' }]]);
    expect(inventory?.kinds.networkPolicies.sentence).toBe('As pasted: there may be others.');
    expect(inventory?.calico.bgpConfigurations['web']?.nodeToNodeMesh).toBe(false);
  });

  it('a Pod in a table and as an object is one Pod, which is as the later one says', () => {
    const pod = JSON.stringify(objects.find(({ kind }) => kind === 'Pod'));
    const { inventory } = built([
      pasted(`${pod}
NAME   READY   STATUS             RESTARTS   AGE   IP            NODE
web    0/1     CrashLoopBackOff   9          12m   192.168.1.2   w1
`),
    ]);
    expect(
      Object.values(inventory?.pods ?? {}).map(({ namespace, name, uid }) => [namespace, name, uid]),
    ).toEqual([['shop', 'web', 'uid-Pod']]);
  });

  it('that are no such thing are unread, by name', () => {
    const { report } = built([
      pasted('{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"ports":"none"}}'),
    ]);
    expect(report.unread).toMatchObject([{ line: 1, why: 'not what such an object should be: Service web' }]);
    expect(report.pieces).toMatchObject([{ home: { kind: 'cluster' }, use: 'kept' }]);
  });

  it('whatever the text: no throw, and no time without end', () => {
    const bomb = `apiVersion: v1\na: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
      .split('')
      .map((one, at) => `${one}: &${one} [${`*${'abcdefg'[at] ?? ''},`.repeat(9)}]`)
      .join('\n')}\n`;
    expect(kubernetesObjects(bomb, 'yaml')).toEqual({ ok: false, failure: 'no YAML that can be read' });
    expect(kubernetesObjects(`apiVersion: v1\nx: ${'['.repeat(50_000)}`, 'yaml')?.ok).toBe(false);
    expect(kubernetesObjects(`apiVersion: v1\n${'a: b\n'.repeat(1_000_000)}`, 'yaml')?.ok).toBe(false);
    const good = stringify(objects[1]);
    const room = 4_000_000 - good.length;
    expect([room, room + 1].map((before) => kubernetesObjects(good, 'yaml', before)?.ok)).toEqual([
      true,
      false,
    ]);
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        fc.nat(good.length),
        fc.constantFrom('json', 'yaml'),
        (text, at, format) => {
          const read = kubernetesObjects(`${good.slice(0, at)}${text}${good.slice(at)}`, format);
          expect(read === null || typeof read.ok === 'boolean').toBe(true);
        },
      ),
      { numRuns: runs(150) },
    );
  });
});

it('no output of a node passes for an object', () => {
  for (const name of ['ip-addr.txt', 'ip-j-addr.txt', 'ip-route-4.txt']) {
    const text = readFileSync(new URL(`../probe/fixtures/${name}`, import.meta.url), 'utf8');
    expect(kubernetesObjects(text, 'json')).toBeNull();
  }
});
