import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlClient } from './control.ts';
import { textAt, valueAt, type Json, type KubeObject } from './json.ts';
import { KubectlFixture } from './kubectl-fixture.ts';
import { nodeObject, podObject } from './objects.ts';

const startedAt = new Date(1_700_000_000_000);
const node = { name: 'k8s-worker-1', address: '10.12.22.151' };
const objects: readonly KubeObject[] = [
  nodeObject({ ...node, podCidrs: ['192.168.1.0/24'], kernel: '6.1.0-18-amd64', startedAt }),
  podObject({
    name: 'c2c-network-demo',
    namespace: 'default',
    nodeName: node.name,
    nodeAddress: node.address,
    ips: ['192.168.1.2'],
    startedAt,
  }),
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

  it('annotates and labels, and removes it again', async () => {
    await fixture.ok(['annotate', 'pod', 'c2c-network-demo', 'note=hello']);
    await fixture.ok(['label', 'node', 'k8s-worker-1', 'zone=a']);
    const note = ['get', 'pod', 'c2c-network-demo', '-o', 'jsonpath={.metadata.annotations.note}'];
    expect(await fixture.ok(note)).toBe('hello');
    await fixture.ok(['annotate', 'pod', 'c2c-network-demo', 'note-']);
    expect(await fixture.ok(note)).toBe('');
  });

  it('changes nothing in a dry run', async () => {
    const revision = fixture.server.store.revision;
    // Not with kubectl: an old one looks for `dryRun` in the OpenAPI document, and refuses without it.
    const send = async (method: string, path: string, body: Json, type: string): Promise<number> => {
      const headers = { 'content-type': type };
      const signal = AbortSignal.timeout(10_000);
      const answer = await fetch(fixture.url + path, { method, headers, body: JSON.stringify(body), signal });
      return answer.status;
    };
    const pod = '/api/v1/namespaces/default/pods/c2c-network-demo';
    const merge = 'application/merge-patch+json';
    expect(await send('DELETE', pod, { dryRun: ['All'] }, 'application/json')).toBe(200);
    expect(await send('DELETE', `${pod}?dryRun=All`, {}, 'application/json')).toBe(200);
    expect(await send('PATCH', `${pod}?dryRun=All`, { metadata: { labels: { x: 'y' } } }, merge)).toBe(200);
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
