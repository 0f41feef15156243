import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlClient } from './control.ts';
import { ipPoolObject } from './calico-objects.ts';
import { textAt, valueAt, type Json, type KubeObject } from './json.ts';
import { KubectlFixture } from './kubectl-fixture.ts';
import { nodeObject, podObject } from './objects.ts';
import { endpointsObject, endpointSliceObject, serviceObject } from './service-objects.ts';

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000 - 5_000);
const ports = [{ port: 8080, targetPort: 8080 }];
const endpoints = {
  name: 'demo',
  namespace: 'default',
  ready: [{ ip: '192.168.2.3', nodeName: 'k8s-worker-2', pod: 'c2c-network-demo-w2' }],
  ports,
};

function demoPod(name: string, nodeName: string, ip: string, startedAt: Date): KubeObject {
  const containers = ['server', 'client'].map((each) => ({ name: each, image: 'busybox', ports: [8080] }));
  const nodeAddress = '10.12.22.151';
  const labels = { app: name };
  return podObject({
    name,
    namespace: 'default',
    nodeName,
    nodeAddress,
    ips: [ip],
    labels,
    containers,
    startedAt,
  });
}

const objects: readonly KubeObject[] = [
  nodeObject({
    name: 'k8s-master',
    address: '10.12.22.150',
    podCidrs: ['192.168.0.0/24'],
    kernel: '6.1.0-18-amd64',
    controlPlane: true,
    startedAt: minutesAgo(600),
  }),
  nodeObject({
    name: 'k8s-worker-1',
    address: '10.12.22.151',
    addressPrefix: 16,
    podCidrs: ['192.168.1.0/24'],
    kernel: '6.1.0-18-amd64',
    ready: false,
    startedAt: minutesAgo(600),
  }),
  demoPod('c2c-network-demo', 'k8s-worker-1', '192.168.1.2', minutesAgo(12)),
  demoPod('c2c-network-demo-w2', 'k8s-worker-2', '192.168.2.3', minutesAgo(237)),
  podObject({
    name: 'calico-node-x7k2p',
    namespace: 'kube-system',
    nodeName: 'k8s-worker-1',
    nodeAddress: '10.12.22.151',
    ips: [],
    hostNetwork: true,
    startedAt: minutesAgo(600),
  }),
  serviceObject({
    name: 'demo',
    namespace: 'default',
    clusterIps: ['10.96.0.20'],
    selector: { app: 'demo' },
    ports,
  }),
  endpointsObject(endpoints),
  endpointSliceObject(endpoints, 'IPv4'),
  ipPoolObject({ name: 'default-ipv4-ippool', cidr: '192.168.0.0/16', blockSize: 24 }),
];

let fixture: KubectlFixture;

beforeAll(async () => {
  fixture = await KubectlFixture.start();
  using client = new ControlClient(fixture.control);
  const signal = AbortSignal.timeout(10_000);
  for (const object of objects) {
    const applied = await client.apply(object, { signal });
    if (!applied.ok) throw new Error(applied.failure.sentence);
  }
});

afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

/** The cells of each line; columns are at least three spaces apart. */
function cells(output: string): string[][] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd().split(/ {3,}/));
}

describe('what the real kubectl prints', () => {
  it('shows Pods as the walkthrough does', async () => {
    expect(cells(await fixture.ok(['get', 'pods', '-o', 'wide']))).toEqual([
      ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'],
      ['c2c-network-demo', '2/2', 'Running', '0', '12m', '192.168.1.2', 'k8s-worker-1', '<none>', '<none>'],
      [
        'c2c-network-demo-w2',
        '2/2',
        'Running',
        '0',
        '3h57m',
        '192.168.2.3',
        'k8s-worker-2',
        '<none>',
        '<none>',
      ],
    ]);
  });

  it('shows nodes with their roles, addresses and kernels', async () => {
    const [head, master, worker] = cells(await fixture.ok(['get', 'nodes', '-o', 'wide']));
    expect(head).toEqual(
      'NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME'.split(
        ' ',
      ),
    );
    expect(master?.slice(0, 7)).toEqual([
      ...['k8s-master', 'Ready', 'control-plane', '10h', 'v1.32.4', '10.12.22.150', '<none>'],
    ]);
    expect(worker?.slice(0, 6)).toEqual([
      'k8s-worker-1',
      'NotReady',
      '<none>',
      '10h',
      'v1.32.4',
      '10.12.22.151',
    ]);
    expect(worker).toContain('6.1.0-18-amd64');
  });

  it('shows services, endpoints, slices, namespaces and Calico pools', async () => {
    expect(cells(await fixture.ok(['get', 'svc', '-o', 'wide']))[1]?.slice(0, 5)).toEqual([
      ...['demo', 'ClusterIP', '10.96.0.20', '<none>', '8080/TCP'],
    ]);
    expect(cells(await fixture.ok(['get', 'ep']))[1]?.slice(0, 2)).toEqual(['demo', '192.168.2.3:8080']);
    expect(cells(await fixture.ok(['get', 'endpointslices']))[1]?.slice(0, 4)).toEqual([
      ...['demo-ipv4', 'IPv4', '8080', '192.168.2.3'],
    ]);
    expect(cells(await fixture.ok(['get', 'ns'])).map(([name]) => name)).toEqual([
      ...['NAME', 'default', 'kube-node-lease', 'kube-public', 'kube-system'],
    ]);
    expect(cells(await fixture.ok(['get', 'ippools']))[1]?.[0]).toBe('default-ipv4-ippool');
    expect(await fixture.ok(['get', 'crd', '-o', 'name'])).toContain('ipamblocks.crd.projectcalico.org');
  });

  it('lists all namespaces, selects by label, node and phase', async () => {
    const all = cells(await fixture.ok(['get', 'pods', '-A', '-o', 'wide']));
    expect(all.map(([namespace, name]) => `${namespace ?? ''}/${name ?? ''}`)).toEqual([
      'NAMESPACE/NAME',
      'default/c2c-network-demo',
      'default/c2c-network-demo-w2',
      'kube-system/calico-node-x7k2p',
    ]);
    expect(all[3]).toContain('10.12.22.151');
    const names = async (...args: string[]): Promise<string> =>
      fixture.ok(['get', 'pods', '-o', 'name', ...args]);
    expect(await names('-l', 'app=c2c-network-demo')).toBe('pod/c2c-network-demo\n');
    expect(await names('-l', 'app in (c2c-network-demo,x),!tier')).toBe('pod/c2c-network-demo\n');
    expect(await names('-A', '--field-selector', 'spec.nodeName=k8s-worker-1,status.phase=Running')).toBe(
      'pod/c2c-network-demo\npod/calico-node-x7k2p\n',
    );
    const unknown = await fixture.run(['get', 'pods', '--field-selector', 'spec.colour=red']);
    expect(unknown.stderr).toContain('field label not supported: spec.colour');
  });

  it('gives whole objects as JSON, in chunks and raw', async () => {
    const pods = JSON.parse(await fixture.ok(['get', 'pods', '-A', '-o', 'json', '--chunk-size', '1'])) as {
      items: Json[];
    };
    expect(pods.items.map((pod) => textAt(pod, 'status', 'podIP'))).toEqual([
      ...['192.168.1.2', '192.168.2.3', '10.12.22.151'],
    ]);
    const raw = JSON.parse(await fixture.ok(['get', '--raw', '/api/v1/pods?limit=2'])) as Json;
    expect(valueAt(raw, 'metadata', 'remainingItemCount')).toBe(1);
    const node = JSON.parse(await fixture.ok(['get', 'node', 'k8s-worker-1', '-o', 'json'])) as Json;
    expect(textAt(node, 'metadata', 'annotations', 'projectcalico.org/IPv4Address')).toBe('10.12.22.151/16');
  });

  it('says plainly what it cannot do', async () => {
    const exec = await fixture.run(['exec', 'c2c-network-demo', '-c', 'server', '--', 'ip', 'a']);
    expect(exec.code).toBe(1);
    expect(exec.stderr).toContain('does not implement exec');
    const logs = await fixture.run(['logs', 'c2c-network-demo', '-c', 'server']);
    expect(logs.stderr).toContain('does not implement log');
    const missing = await fixture.run(['get', 'pod', 'nobody']);
    expect(missing.stderr).toContain('pods "nobody" not found');
    const typed = await fixture.run(['create', 'namespace', 'shop']);
    expect(typed.stderr).toContain('write a manifest and apply it');
    const definition = await fixture.run(['delete', 'crd', 'ippools.crd.projectcalico.org']);
    expect(definition.stderr).toContain('does not allow this method');
  });
});

describe('what the real kubectl changes', () => {
  const manifest = (image: string, extra = ''): string => `
apiVersion: v1
kind: Pod
metadata: {name: applied, labels: {app: applied${extra}}}
spec:
  containers:
  - {name: one, image: ${image}, env: [{name: A, value: a}, {name: B, value: b}]}
  - {name: two, image: busybox}
---
apiVersion: crd.projectcalico.org/v1
kind: IPPool
metadata: {name: applied}
spec: {cidr: 10.244.0.0/16, blockSize: ${image === 'v1' ? '26' : '24'}}
`;

  it('applies, changes and deletes what a manifest names', async () => {
    expect(await fixture.ok(['apply', '-f', '-'], manifest('v1'))).toBe(
      'pod/applied created\nippool.crd.projectcalico.org/applied created\n',
    );
    expect(await fixture.ok(['apply', '-f', '-'], manifest('v1'))).toBe(
      'pod/applied unchanged\nippool.crd.projectcalico.org/applied unchanged\n',
    );
    const before = JSON.parse(await fixture.ok(['get', 'pod', 'applied', '-o', 'json'])) as Json;
    await fixture.ok(['apply', '-f', '-'], manifest('v2', ', tier: web'));
    const after = JSON.parse(await fixture.ok(['get', 'pod', 'applied', '-o', 'json'])) as KubeObject;
    expect(textAt(after, 'metadata', 'uid')).toBe(textAt(before, 'metadata', 'uid'));
    expect(Number(after.metadata.resourceVersion)).toBeGreaterThan(
      Number(textAt(before, 'metadata', 'resourceVersion')),
    );
    expect(valueAt(after, 'spec', 'containers')).toMatchObject([
      { name: 'one', image: 'v2' },
      { name: 'two' },
    ]);
    expect(after.metadata.labels).toEqual({ app: 'applied', tier: 'web' });
    expect(
      await fixture.ok([
        'get',
        'ippool',
        'applied',
        '-o',
        'jsonpath={.spec.blockSize}/{.metadata.generation}',
      ]),
    ).toBe('24/2');
    expect(await fixture.ok(['delete', '-f', '-'], manifest('v2'))).toContain('"applied" deleted');
    expect((await fixture.run(['get', 'pod', 'applied'])).code).toBe(1);
  });

  it('annotates, labels and removes them again; a dry run changes nothing', async () => {
    await fixture.ok(['annotate', 'pod', 'c2c-network-demo', 'note=hello']);
    await fixture.ok(['label', 'node', 'k8s-worker-1', 'zone=a']);
    const note = ['get', 'pod', 'c2c-network-demo', '-o', 'jsonpath={.metadata.annotations.note}'];
    expect(await fixture.ok(note)).toBe('hello');
    await fixture.ok(['annotate', 'pod', 'c2c-network-demo', 'note-']);
    expect(await fixture.ok(note)).toBe('');
    const revision = fixture.server.store.revision;
    await fixture.ok(['delete', 'pod', 'c2c-network-demo', '--dry-run=server']);
    await fixture.ok(['label', 'node', 'k8s-worker-1', 'zone=b', '--overwrite', '--dry-run=server']);
    expect(fixture.server.store.revision).toBe(revision);
  });

  it('keeps namespaces: nothing enters an absent one, and deleting one empties it', async () => {
    const pod = (namespace: string): string =>
      `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"${namespace}"},"spec":{"containers":[{"name":"c","image":"i"}]}}`;
    const refused = await fixture.run(['create', '-f', '-'], pod('shop'));
    expect(refused.stderr).toContain('namespaces "shop" not found');
    const namespace = '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}';
    await fixture.ok(['apply', '-f', '-'], namespace);
    await fixture.ok(['create', '-f', '-'], pod('shop'));
    const again = await fixture.run(['create', '-f', '-'], pod('shop'));
    expect(again.stderr).toContain('pods "p" already exists');
    await fixture.ok(['delete', 'namespace', 'shop']);
    expect(
      await fixture.ok(['get', 'pods', '-A', '--field-selector', 'metadata.namespace=shop', '-o', 'name']),
    ).toBe('');
  });

  it('gives a recreated Pod a new uid', async () => {
    const create = ['run', 'twice', '--image=busybox', '-o', 'jsonpath={.metadata.uid}'];
    const first = await fixture.ok(create);
    await fixture.ok(['delete', 'pod', 'twice']);
    const second = await fixture.ok(create);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).not.toBe(first);
    await fixture.ok(['delete', 'pod', 'twice']);
  });
});
