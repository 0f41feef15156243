// The real etcd of a lab, over SSH: with kubeadm's certificates and without, more keys than a page, hostile ones, a
// login without rights, a node without etcdctl. Nothing on it changes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { etcdKeysSchema, type EtcdKeys } from '../../app/contract/etcd.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import { type Lab, startLab } from './testing/lab.ts';

const signal = AbortSignal.timeout(120_000);
const hostile = '/calico/\u001b[31m<img src=x onerror=alert(1)>$(touch /tmp/hacked)';
const allow = (answer: EtcdKeys): Extract<EtcdKeys, { ok: true }> => {
  const read = etcdKeysSchema.parse(answer);
  if (!read.ok) throw new Error(read.sentence);
  return read;
};

async function connected(clusterFile: string): Promise<Engine> {
  const engine = createEngine({ attended: false, follow: 'everything' });
  const opened = await engine.open(clusterFile, { signal });
  if (!opened.ok) throw new Error(opened.failure.sentence);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (engine.settled) resolve();
    };
    engine.subscribe(look);
    look();
  });
  return engine;
}

let lab: Lab;
const etcdctl = async (...words: string[]): Promise<string> =>
  lab.exec(
    'k8s-master',
    'sh',
    '-c',
    'ETCDCTL_API=3 exec etcdctl $(cat /var/lib/lab/etcdctl) "$@"',
    'sh',
    ...words,
  );
const revision = async (): Promise<unknown> =>
  (JSON.parse(await etcdctl('get', 'none', '-w', 'json')) as { header: { revision: unknown } }).header
    .revision;

describe('with kubeadm’s certificates', () => {
  let engine: Engine;
  beforeAll(async () => {
    lab = await startLab('etcd', '--nodes', '3');
    engine = await connected(lab.clusterFile);
  }, 90_000);
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await lab[Symbol.asyncDispose]();
  }, 60_000);
  const keys = (prefix: string, from: string | null = null): Promise<EtcdKeys> =>
    engine.etcd.keys({ node: null, prefix, from });

  it('is found, and lists what etcdctl lists', async () => {
    const page = allow(await keys('/'));
    expect([page.node, page.endpoint]).toEqual(['k8s-master', 'https://127.0.0.1:2379']);
    const typed = await lab.exec('k8s-master', 'sh', '-c', page.typed);
    expect(page.keys.map(({ key }) => key)).toEqual(typed.split('\n').filter((line) => line !== ''));
    expect(page.keys.map(({ key }) => key)).toContain(
      '/calico/resources/v3/projectcalico.org/ippools/default-ipv4-ippool',
    );
  });

  it('shows Calico’s JSON, and neither a Secret nor what is no JSON', async () => {
    const pool = '/calico/resources/v3/projectcalico.org/ippools/default-ipv4-ippool';
    const read = await engine.etcd.value('k8s-master', pool);
    expect(read.ok && JSON.parse(read.json)).toMatchObject({ spec: { cidr: '192.168.0.0/16' } });
    const secret = await engine.etcd.value(
      'k8s-master',
      '/registry/secrets/kube-system/bootstrap-token-abcdef',
    );
    expect(secret).toMatchObject({
      ok: false,
      command: null,
      sentence: expect.stringMatching(/Secrets/) as string,
    });
    await etcdctl('put', '/calico/raw', 'no json');
    expect(await engine.etcd.value('k8s-master', '/calico/raw')).toMatchObject({ ok: false });
  });

  it('hostile keys run nothing and come as they are', async () => {
    await etcdctl('put', hostile, '{"a":1}');
    const page = allow(await keys(hostile.slice(0, 12)));
    expect(page.keys.map(({ key }) => key)).toEqual([hostile]);
    expect(await engine.etcd.value('k8s-master', hostile)).toMatchObject({ ok: false });
    await expect(lab.exec('k8s-master', 'ls', '/tmp/hacked')).rejects.toThrow();
  });

  it('goes through 4,500 keys a page at a time, once each, and changes nothing', async () => {
    const put =
      'i=0; while [ $i -lt 45 ]; do { echo; j=0; while [ $j -lt 100 ]; do echo "put /many/$i/$j v"; j=$((j+1)); done; echo; echo; } | etcdctl $(cat /var/lib/lab/etcdctl) txn; i=$((i+1)); done';
    await lab.exec('k8s-master', 'sh', '-c', `export ETCDCTL_API=3; ${put}`);
    const before = await revision();
    const began = performance.now();
    const seen: string[] = [];
    let next: string | null = null;
    let pages = 0;
    do {
      const page = allow(await keys('/many/', next));
      expect(page.count + seen.length).toBe(4500);
      seen.push(...page.keys.map(({ key }) => key));
      next = page.next;
      pages += 1;
    } while (next !== null && pages < 10);
    console.log(`4,500 keys in ${pages} pages: ${(performance.now() - began).toFixed(0)} ms`);
    expect([seen.length, new Set(seen).size]).toEqual([4500, 4500]);
    expect(await revision()).toBe(before);
  }, 40_000);

  it('without etcdctl says so; an etcd in a container with fewer rights is not entered', async () => {
    await lab.exec('k8s-master', 'sh', '/usr/local/lib/hopscope-lab/hide-tool.sh', 'hide', 'etcdctl');
    await using fresh = await connected(lab.clusterFile);
    const answer = await fresh.etcd.keys({ node: 'k8s-master', prefix: '/', from: null });
    expect(answer.ok ? '' : answer.sentence).toMatch(/^etcdctl is not on k8s-master; install it/);
    await lab.exec('k8s-master', 'sh', '/usr/local/lib/hopscope-lab/hide-tool.sh', 'restore', 'etcdctl');
    expect((await fresh.etcd.keys({ node: 'k8s-master', prefix: '/', from: null })).ok).toBe(true);
  }, 40_000);

  it('an etcd that does not answer is said within its deadline', async () => {
    await lab.exec('k8s-master', 'sh', '-c', 'kill -STOP $(grep -slx etcd /proc/[0-9]*/comm | cut -d/ -f3)');
    const began = performance.now();
    const answer = await keys('/');
    await lab.exec('k8s-master', 'sh', '-c', 'kill -CONT $(grep -slx etcd /proc/[0-9]*/comm | cut -d/ -f3)');
    console.log(`an etcd that is stopped: said after ${(performance.now() - began).toFixed(0)} ms`);
    expect(answer.ok ? '' : answer.sentence).toMatch(/does not answer/);
    expect(performance.now() - began).toBeLessThan(45_000);
  }, 60_000);

  it('a login that may not read the certificates is told', async () => {
    // Worker 2's login is a plain user.
    const pki = '/etc/kubernetes/pki/etcd';
    const flags = `--listen-client-urls=https://127.0.0.1:2379\n    - --trusted-ca-file=${pki}/ca.crt`;
    await lab.exec(
      'k8s-worker-2',
      'sh',
      '-c',
      `mkdir -p /etc/kubernetes/manifests ${pki}; printf '    - %s\\n' '${flags}' >/etc/kubernetes/manifests/etcd.yaml; cd ${pki}; touch ca.crt healthcheck-client.crt healthcheck-client.key; chmod 600 healthcheck-client.key`,
    );
    await using engine = await connected(lab.rightsClusterFile);
    const refused = await engine.etcd.keys({ node: 'k8s-worker-2', prefix: '/', from: null });
    expect(refused.ok ? '' : refused.sentence).toMatch(
      /wants a client certificate.*healthcheck-client\.key.*log in as root/,
    );
  }, 60_000);
});

it('without certificates 127.0.0.1:2379 is asked as it is', async () => {
  await using plain = await startLab('etcdplain', '--nodes', '1', '--etcd', 'plain');
  await using engine = await connected(plain.clusterFile);
  const page = allow(await engine.etcd.keys({ node: null, prefix: '/calico/ipam/', from: null }));
  expect(page.typed).toBe(
    'ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 get /calico/ipam/ --prefix --keys-only',
  );
  expect(page.keys.length).toBeGreaterThan(0);
}, 120_000);
