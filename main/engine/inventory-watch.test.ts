// Kubernetes' lists and watches on this machine instead of a node, with a kubectl that says what the test wants.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { byUrgency, inventorySummary } from '../../app/probe/inventory-summary.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import type { NodeStatus } from '../../app/contract/session.ts';
import { localTransport } from '../node/testing/local-transport.ts';
import { kubectlEnd, kubectlSource } from './kubectl-source.ts';
import { InventoryWatch } from './inventory-watch.ts';
import { TopologyHost } from './topology-host.ts';

let folder = '';
let host: TopologyHost;
let watch: InventoryWatch;
let status: Pick<NodeStatus, 'state' | 'lastFactsAt'>;
/** Names of streams that run, and how often one was started. */
let running: Set<string>;
let started: string[];

/** Lists that were asked for, those that are not answered yet, and the most of them at once. */
let asked: { all: number; now: number; most: number };

const settled = (): Promise<void> => vi.waitFor(() => expect(watch.settled).toBe(true), 15_000);
const watching = (count: number): Promise<void> =>
  vi.waitFor(() => expect(started.filter((name) => name.includes('pods'))).toHaveLength(count), 15_000);
const pods = 'kube-pods-1';
const realTimeout = setTimeout;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-inventory-'));
  await writeFile(join(folder, 'list'), '{"metadata":{"resourceVersion":"7"},"items":[]}');
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => {
  status = { state: 'connected', lastFactsAt: Date.UTC(2026, 0, 2, 3, 4, 5) };
  running = new Set();
  started = [];
  asked = { all: 0, now: 0, most: 0 };
  host = new TopologyHost({
    workerFile: new URL('./topology-worker.ts', import.meta.url),
    topology: () => emptyTopology('test'),
    onPatch: () => undefined,
    keepEvidence: () => undefined,
    onNotice: () => undefined,
  });
  const transport = localTransport();
  const source = kubectlSource({
    program: `cat ${folder}/list #`,
    nodeLabel: 'master',
    node: () => ({
      transport,
      status,
      reader: {
        addStream: (name) => {
          running.add(name);
          started.push(name);
          return true;
        },
        removeStream: (name) => running.delete(name),
      },
    }),
  });
  watch = new InventoryWatch({
    source: {
      ...source,
      get: async (path, options) => {
        asked = { all: asked.all + 1, now: asked.now + 1, most: Math.max(asked.most, asked.now + 1) };
        const answer = await source.get(path, options);
        asked.now -= 1;
        return answer;
      },
    },
    follow: true,
    host,
    now: () => Date.now(),
    onPodsChanged: () => undefined,
    onLimit: () => undefined,
  });
  watch.start();
});
afterEach(async () => {
  vi.useRealTimers();
  watch.close();
  await host[Symbol.asyncDispose]();
});

it('lists come three at a time while somebody may wait for all of them, and one after another when they are listed again', async () => {
  await vi.waitFor(() => expect(watch.whole).toBe(true), 15_000);
  expect(asked.most).toBe(3);
  const { all } = asked;
  asked.most = 0;
  watch.lookAgain(0);
  await vi.waitFor(() => expect(asked.all).toBeGreaterThan(all + 5), 15_000);
  expect(asked.most).toBe(1);
});

describe('a watch that says something else', () => {
  it.each([
    ['is too old', '{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}}'],
    ['is not understood', 'garbage'],
  ])(
    '%s: is ended on the node, and all is listed again',
    async (_what, line) => {
      await settled();
      await watching(1);
      await watch.onStreamLine(pods, line);
      await vi.waitFor(() => expect(running).not.toContain(pods), 3_000);
      await watching(2);
      expect(running).toContain(pods);
      expect(watch.limit).toBeNull();
    },
    20_000,
  );

  it('a line that is understood is no trouble', async () => {
    const origin = { nodeLabel: 'master', command: 'kubectl', seenAt: 0 };
    const bookmark = '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"8"}}}';
    expect((await host.kubeWatch('pods', [bookmark], origin)).trouble).toBeNull();
    expect((await host.kubeWatch('pods', [bookmark, 'garbage'], origin)).trouble).toMatch(/garbage/);
  });
});

describe('what is said', () => {
  it('of watches that end at once, until one lives', async () => {
    await settled();
    await watching(1);
    watch.onStreamEnded(pods, kubectlEnd(1, 'forbidden'));
    await watching(2);
    // Nothing else is asked any more that the turned clock could overtake.
    await expect.poll(() => watch.whole).toBe(true);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    watch.onStreamEnded(pods, kubectlEnd(1, 'forbidden'));
    expect(watch.limit).toMatch(/does not let master watch pods \(kubectl says: forbidden\)/);
    // The list that follows needs the clock to go on, and starts a watch that stays.
    while (started.filter((name) => name.includes('pods')).length < 3) {
      await new Promise((resolve) => realTimeout(resolve, 10));
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(watch.limit).not.toBeNull();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(watch.limit).not.toBeNull();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(watch.limit).toBeNull();
  }, 30_000);

  it('while the node with kubectl is away: as of when its word is', async () => {
    await settled();
    expect(watch.limit).toBeNull();
    status = { ...status, state: 'waiting' };
    expect(watch.limit).toBe(
      'What Kubernetes says is as of 03:04:05 UTC: master, where it is asked, is not connected.',
    );
    status = { ...status, state: 'connected' };
    expect(watch.limit).toBeNull();
  });
});

describe('kinds', () => {
  it('are listed, absent or not permitted, each by itself; what is forbidden is said with the verb', async () => {
    const kubectl = join(folder, 'kubectl');
    // As kubectl 1.20 answers, by the last word of its command line.
    await writeFile(
      kubectl,
      `for path; do :; done
case $path in
  /apis) echo '{"groups":[{"versions":[{"groupVersion":"crd.projectcalico.org/v1"},{"groupVersion":"discovery.k8s.io/v1"}]}]}' ;;
  */v1/services*) echo 'Error from server (Forbidden): services is forbidden: User "ro" cannot list resource "services" in API group "" at the cluster scope' >&2; exit 1 ;;
  */v1/nodes* | */v1/pods* | */endpointslices* | */ippools*) cat ${folder}/list ;;
  *) echo 'Error from server (NotFound): the server could not find the requested resource' >&2; exit 1 ;;
esac
`,
    );
    const refused = new Map<string, string>();
    const asked: string[] = [];
    const transport = localTransport();
    await using spied = new TopologyHost({
      workerFile: new URL('./topology-worker.ts', import.meta.url),
      topology: () => emptyTopology('test'),
      onPatch: () => undefined,
      keepEvidence: (id) => asked.push(id),
      onNotice: () => undefined,
    });
    const rights = new InventoryWatch({
      source: kubectlSource({
        program: `sh ${kubectl}`,
        nodeLabel: 'master',
        node: () => ({ transport, status, reader: { addStream: () => true, removeStream: () => true } }),
      }),
      follow: true,
      host: {
        kubePage: (...page) => spied.kubePage(...page),
        kubeWatch: (...lines) => spied.kubeWatch(...lines),
        kubeRefused: (kind, refusal) => {
          refused.set(kind, refusal.state);
          return spied.kubeRefused(kind, refusal);
        },
      },
      now: () => Date.now(),
      onPodsChanged: () => undefined,
      onLimit: () => undefined,
    });
    rights.start();
    await vi.waitFor(() => expect(rights.whole).toBe(true), 15_000);
    expect(Object.fromEntries(refused)).toEqual({
      services: 'not-permitted',
      networkPolicies: 'absent',
      events: 'absent',
      'calico.blocks': 'absent',
      'calico.affinities': 'absent',
      'calico.bgpPeers': 'absent',
      'calico.bgpConfigurations': 'absent',
      'calico.felixConfigurations': 'absent',
      'calico.globalNetworkPolicies': 'absent',
      'calico.networkPolicies': 'absent',
      'calico.workloadEndpoints': 'absent',
      'cilium.nodes': 'absent',
      'cilium.endpoints': 'absent',
    });
    expect(asked).toEqual(
      expect.arrayContaining(['endpointSlices', 'calico.pools'].map((kind) => `kube:master:${kind}:list`)),
    );
    expect(rights.limit).toMatch(
      /^Kubernetes does not let master list services \(kubectl says: .*cannot list resource "services".*Grant this login get, list and watch/,
    );
    // The same as an operator sees it: a kind that is not there is not one with nothing in it, and each has its time.
    const view = await spied.ask('inventory.view', undefined);
    if (!view.ok) throw new Error(view.failure.sentence);
    expect(inventorySummary(view.value.kinds)).toBe('4 kinds read, 12 not there, 1 not permitted');
    const [services, ...others] = byUrgency(view.value.kinds);
    expect(services).toMatchObject({ name: 'services', state: 'not-permitted' });
    expect(services?.sentence).toContain('cannot list resource "services"');
    expect(others.filter(({ asOf }) => asOf === null)).toEqual([]);
    expect(others.find(({ name }) => name === 'pods')?.command).toContain('get --raw');
    rights.close();
  }, 30_000);
});
