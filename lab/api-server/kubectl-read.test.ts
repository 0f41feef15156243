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
    // `kubectl create namespace` of 1.32 sends protobuf, older ones JSON.
    const typed = await fetch(`${fixture.url}/api/v1/namespaces`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
      body: 'k8s\0',
      signal: AbortSignal.timeout(10_000),
    });
    expect(typed.status).toBe(415);
    expect(await typed.text()).toContain('write a manifest and apply it');
    const definition = await fixture.run(['delete', 'crd', 'ippools.crd.projectcalico.org']);
    expect(definition.stderr).toContain('does not allow this method');
  });
});
