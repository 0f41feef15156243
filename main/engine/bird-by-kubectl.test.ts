// BIRD by `kubectl exec` on this machine instead of a node, with a kubectl that answers as calico-node's birdcl does.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { emptyTopology } from '../../app/topology/build.ts';
import { applyPatch } from '../../app/topology/diff.ts';
import type { NodeEntity, Topology } from '../../app/topology/model.ts';
import { localTransport } from '../node/testing/local-transport.ts';
import { BirdByKubectl, type BirdExec } from './bird-by-kubectl.ts';
import { birdByNode } from './bird-exec-ways.ts';
import { TopologyHost } from './topology-host.ts';

const fixtures = new URL('../../app/probe/fixtures/', import.meta.url).pathname;
const nonce = 'abcdefghijklmnop';
const BOOT = '0c0ffee0-0000-4000-8000-000000000001';
let folder = '';
let topology: Topology;
let host: TopologyHost;
let stop: AbortController;
let kept: string[];

const socket = '/var/run/calico/bird.ctl';
const section = (nonce: string, name: string, command: string, text: string, status = 0): string =>
  `#${nonce} begin ${name} 5.00 ${command}\n${text}\n#${nonce} end ${name} ${status} 5.01\n`;

/** As a plain user reads a node whose BIRD runs in calico-node; `own`: what birdcl says where it may be asked. */
async function readNode(at: number, own: string | null = null): Promise<void> {
  const stdout = [
    `#${nonce} clock ${at}.0 5.00\n`,
    section(
      nonce,
      'meta',
      'cat',
      `sys/kernel/random/boot_id ${BOOT}\nsys/kernel/hostname a\nsys/kernel/osrelease 6.1\nuid 1000\nnetns net:[1]\ntools ip`,
    ),
    section(nonce, 'birds', 'grep', 'visible\nbird 79 net:[1] (bird)'),
    section(nonce, `bird:${socket}`, 'birdcl', own ?? '', own === null ? 1 : 0),
    own === null
      ? `#${nonce} stderr bird:${socket}\nUnable to connect to server control socket: Permission denied\n`
      : '',
    `#${nonce} done 5.02\n`,
  ].join('');
  await host.read({
    label: 'a',
    hostKeyFingerprint: 'SHA256:a',
    nonce,
    parts: ['bird'],
    stdout: new TextEncoder().encode(stdout),
    seenAt: at * 1000,
    deletions: [],
  });
}

const origin = { nodeLabel: 'master', command: 'kubectl get', seenAt: 0 };
const whole = { first: true, last: false };
const listOf = (...items: unknown[]): string => JSON.stringify({ metadata: { resourceVersion: '1' }, items });
const bird = (): NodeEntity['bird'] | undefined => Object.values(topology.nodes)[0]?.bird;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-exec-'));
  topology = emptyTopology('test');
  kept = [];
  stop = new AbortController();
  host = new TopologyHost({
    workerFile: new URL('./topology-worker.ts', import.meta.url),
    topology: () => topology,
    onPatch: (patch) => {
      topology = applyPatch(topology, patch);
    },
    keepEvidence: (id) => kept.push(id),
    onNotice: () => undefined,
  });
  await readNode(1000);
  const node = { metadata: { name: 'a' }, status: { addresses: [], nodeInfo: { bootID: BOOT } } };
  const pod = (namespace: string, name: string, uid: string) => ({
    metadata: { name, namespace, uid },
    spec: { nodeName: 'a', hostNetwork: true, containers: [{}] },
    status: { phase: 'Running' },
  });
  await host.kubePage('nodes', listOf(node), origin, whole);
  // The first is somebody's who would like to be asked.
  const pods = listOf(pod('evil', 'calico-node-zzzzz', 'u0'), pod('kube-system', 'calico-node-x7kqp', 'u1'));
  await host.kubePage('pods', pods, origin, whole);
});

afterEach(async () => {
  stop.abort();
  await host[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function withKubectl(script: string): Promise<Promise<void>> {
  const kubectl = join(folder, 'kubectl');
  await writeFile(kubectl, `echo "$*" >>${folder}/asked\n${script}\n`);
  const transport = localTransport();
  const running = new BirdByKubectl({
    exec: birdByNode(`sh ${kubectl}`, () => transport),
    topology: () => topology,
    host,
    now: () => 1_001_000,
    signal: stop.signal,
    everyMs: 50,
  }).run();
  return running;
}

it('tells its sessions, with the command behind them, and goes on to do so', async () => {
  expect(bird()).toMatchObject({ state: 'not-permitted' });
  const running = withKubectl(`case "$*" in
  *bird6.ctl*) echo 'Unable to connect to server control socket (/var/run/calico/bird6.ctl): No such file or directory' >&2; echo 'command terminated with exit code 1' >&2; exit 1 ;;
  *'show protocols all') cat ${fixtures}birdcl-1.6.8-established.txt ;;
  *'show status') cat ${fixtures}birdcl-1.6.8-status.txt ;;
  *'show route all') cat ${fixtures}birdcl-1.6.8-routes.txt ;;
esac`);
  await vi.waitFor(() => expect(bird()?.state).toBe('running'), 15_000);
  const sessions = Object.values(topology.bgp).filter(({ until }) => until === null);
  expect(sessions.map(({ name, info }) => [name, info])).toContainEqual(['Mesh_10_77_0_2', 'Established']);
  const [session] = sessions;
  const [id = ''] = session?.evidence ?? [];
  expect(topology.evidence[id]?.command).toMatch(
    /^sh .*kubectl --cache-dir=\/dev\/null exec -n kube-system calico-node-x7kqp -c calico-node -- birdcl -r -s \/var\/run\/calico\/bird\.ctl show protocols all$/,
  );
  expect(kept).toContain(id);
  // The node itself is read again, and still may not say it.
  await readNode(1010);
  expect(bird()?.state).toBe('running');
  // What was told too long ago stands for nothing.
  stop.abort();
  await running;
  await readNode(2000);
  expect(bird()?.state).toBe('not-permitted');
}, 30_000);

/** Rounds one by one; what is answered is told each time. */
function inRounds(answers: () => string | null) {
  let asks = 0;
  const exec: BirdExec = {
    teller: 'kubectl',
    ask: (_, { nonce: own }) => {
      asks += 1;
      const said = answers();
      const told = said === null ? '' : section(own, `bird:${socket}`, 'kubectl exec', said);
      return Promise.resolve(
        Buffer.from(said === null ? '' : `#${own} clock 1001.0 5.00\n${told}#${own} done 5.02\n`),
      );
    },
  };
  const birds = new BirdByKubectl({
    exec,
    topology: () => topology,
    host,
    now: () => 1_001_000,
    signal: stop.signal,
  });
  return { birds, asks: () => asks };
}
const established = (): Promise<string> => readFile(`${fixtures}birdcl-1.6.8-established.txt`, 'utf8');

it('is not asked any more where the node answers itself by now', async () => {
  const said = await established();
  const { birds, asks } = inRounds(() => said);
  await birds.once();
  expect(bird()?.state).toBe('running');
  await readNode(1010, said);
  await birds.once();
  const then = asks();
  expect(then).toBeLessThanOrEqual(2);
  for (let round = 0; round < 25; round += 1) await birds.once();
  expect(asks()).toBe(then);
  // It is again, where that is over.
  await readNode(1020);
  expect(bird()?.state).toBe('not-permitted');
  for (let round = 0; round < 11; round += 1) await birds.once();
  expect(asks()).toBe(then + 1);
  expect(bird()?.state).toBe('running');
}, 30_000);

it('that fails after it succeeded is told, and what it said before stands for nothing', async () => {
  const said = await established();
  let working = true;
  const { birds, asks } = inRounds(() => (working ? said : null));
  await birds.once();
  expect(bird()?.state).toBe('running');
  working = false;
  await birds.once();
  await readNode(1010);
  expect(bird()?.state).toBe('not-permitted');
  expect(bird()?.sentence).toContain('Nor does kubectl exec tell (kubectl gave no answer).');
  // And again once it works.
  working = true;
  for (let round = 0; round < 11; round += 1) await birds.once();
  expect([asks(), bird()?.state]).toEqual([3, 'running']);
}, 30_000);

it('by a node whose connection breaks is asked in vain', async () => {
  const transport = localTransport({ argv: () => ['/there/is/none'] });
  const pod = { namespace: 'kube-system', name: 'calico-node-x7kqp' };
  const call = { nonce, signal: stop.signal };
  expect(await birdByNode('kubectl', () => transport).ask({ label: 'a', pod }, call)).toHaveLength(0);
  expect(await birdByNode('kubectl', () => null).ask({ label: 'a', pod }, call)).toBeNull();
});

it('asks once where nothing is followed', async () => {
  const kubectl = join(folder, 'kubectl');
  await writeFile(
    kubectl,
    `case "$*" in *bird6*) exit 1 ;; *protocols*) cat ${fixtures}birdcl-2.0.12-established.txt ;; esac\n`,
  );
  const transport = localTransport();
  const birds = new BirdByKubectl({
    // As a cluster file may name it.
    exec: birdByNode(`KUBECONFIG=/dev/null sh ${kubectl}`, () => transport),
    topology: () => topology,
    host,
    now: () => 1_001_000,
    signal: stop.signal,
  });
  expect([birds.begun, birds.done]).toEqual([false, false]);
  await birds.once();
  expect([birds.begun, birds.done]).toEqual([true, true]);
  expect(bird()).toMatchObject({ version: '2.0.12' });
  expect(Object.values(topology.bgp).map(({ name }) => name)).toContain('Mesh_10_77_0_2');
}, 30_000);

it('where its socket refuses, it is dead, as if it were asked on the node', async () => {
  const none =
    "echo 'Unable to connect to server control socket (/var/run/calico/bird6.ctl): No such file or directory'";
  const refused =
    "echo 'Unable to connect to server control socket (/var/run/calico/bird.ctl): Connection refused'";
  const running = withKubectl(
    `case "$*" in *bird6.ctl*) ${none} ;; *) ${refused} ;; esac >&2; echo 'command terminated with exit code 1' >&2; exit 1`,
  );
  await vi.waitFor(() => expect(bird()?.state).toBe('dead'), 15_000);
  expect(bird()?.sentence).toMatch(/^BIRD dead/);
  stop.abort();
  await running;
}, 30_000);

it.each([
  'The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?',
  'Unable to connect to the server: dial tcp 10.0.0.1:6443: connect: connection refused',
])(
  'that kubectl is refused is no word of BIRD: %s',
  async (said) => {
    const running = withKubectl(`echo '${said}' >&2; exit 1`);
    await vi.waitFor(() => expect(bird()?.sentence).toContain('Nor does kubectl exec tell'), 15_000);
    expect(bird()?.state).toBe('not-permitted');
    stop.abort();
    await running;
  },
  30_000,
);

it('where it is forbidden, that is said beside why the node does not tell', async () => {
  const refusal =
    'Error from server (Forbidden): pods "calico-node-x7kqp" is forbidden: User "ro" cannot create resource "pods/exec"';
  const running = withKubectl(`echo '${refusal}' >&2; exit 1`);
  const said = (): string => bird()?.sentence ?? '';
  await vi.waitFor(() => expect(said()).toContain('cannot create resource "pods/exec"'), 15_000);
  expect(said()).toMatch(
    /^BIRD runs \(process 79\), but this login may not read its socket .*\. Nor does kubectl exec tell \(kubectl says: Error from server/,
  );
  await readNode(1010);
  expect(said().match(/Nor does/g)).toHaveLength(1);
  stop.abort();
  await running;
}, 30_000);
