// Kubernetes' lists and watches on this machine instead of a node, with a kubectl that says what the test wants.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
  const counted = async <T>(answering: () => Promise<T>): Promise<T> => {
    asked = { all: asked.all + 1, now: asked.now + 1, most: Math.max(asked.most, asked.now + 1) };
    const answer = await answering();
    asked.now -= 1;
    return answer;
  };
  const { together } = source;
  watch = new InventoryWatch({
    source: {
      ...source,
      get: (path, options) => counted(() => source.get(path, options)),
      together: together && {
        ...together,
        get: (resources, options) => counted(() => together.get(resources, options)),
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
  // All settings and policies in one list, and the four kinds that have one of their own.
  await vi.waitFor(() => expect(asked).toMatchObject({ all: all + 5, now: 0 }), 15_000);
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
  const pool =
    '{"apiVersion":"crd.projectcalico.org/v1","kind":"IPPool","metadata":{"name":"p"},"spec":{"cidr":"10.0.0.0/8"}}';
  const policy =
    '{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"n","namespace":"a"},"spec":{}}';

  it.each([
    [
      'nodes, Pods and what has a list of its own, and one for all others',
      `echo '{"kind":"List","items":[${pool},${policy}]}'`,
      9,
    ],
    ['each by itself where their list is none', 'echo nothing', 17],
    [
      'each by itself where it holds what nobody asked for',
      `echo '{"kind":"List","items":[{"apiVersion":"v1","kind":"Secret"}]}'`,
      17,
    ],
    [
      'each by itself where one of them may not be read',
      'echo "Error from server (Forbidden): x is forbidden" >&2; exit 1',
      17,
    ],
  ])('lists: %s', async (_what, answer, commands) => {
    const kubectl = join(folder, 'kubectl');
    const log = join(folder, 'asked');
    await writeFile(log, '');
    await writeFile(
      kubectl,
      `echo "$*" >> ${log}
for path; do :; done
case $path in
  /apis) echo '{"groups":[{"versions":[{"groupVersion":"crd.projectcalico.org/v1"},{"groupVersion":"networking.k8s.io/v1"},{"groupVersion":"discovery.k8s.io/v1"}]}]}' ;;
  json) ${answer} ;;
  */ippools*) echo '{"metadata":{"resourceVersion":"7"},"items":[${pool}]}' ;;
  */networking.k8s.io/v1/networkpolicies*) echo '{"metadata":{"resourceVersion":"7"},"items":[${policy}]}' ;;
  *) cat ${folder}/list ;;
esac
`,
    );
    await using listed = new TopologyHost({
      workerFile: new URL('./topology-worker.ts', import.meta.url),
      topology: () => emptyTopology('test'),
      onPatch: () => undefined,
      keepEvidence: () => undefined,
      onNotice: () => undefined,
    });
    const transport = localTransport();
    const once = new InventoryWatch({
      source: kubectlSource({
        program: `sh ${kubectl}`,
        nodeLabel: 'master',
        node: () => ({ transport, status, reader: { addStream: () => true, removeStream: () => true } }),
      }),
      follow: true,
      host: listed,
      now: () => Date.now(),
      onPodsChanged: () => undefined,
      onLimit: () => undefined,
    });
    once.start();
    await vi.waitFor(() => expect(once.whole).toBe(true), 15_000);
    expect(once.limit).toBeNull();
    const view = await listed.ask('inventory.view', undefined);
    const kinds = view.ok ? view.value.kinds : [];
    expect(inventorySummary(kinds)).toBe('15 kinds read, 2 not there');
    expect(
      new Set(kinds.filter(({ count }) => count > 0).map(({ name, count }) => `${count} ${name}`)),
    ).toEqual(new Set(['1 networkpolicies.networking.k8s.io', '1 ippools.crd.projectcalico.org']));
    const commandsSoFar = async (): Promise<string[]> => (await readFile(log, 'utf8')).trim().split('\n');
    expect(await commandsSoFar()).toHaveLength(commands);
    // A list that is spoilt is asked for once more, and then no more.
    const asking = async (what: RegExp): Promise<number> =>
      (await commandsSoFar()).filter((command) => what.test(command)).length;
    await vi.waitFor(async () => {
      const rounds = await asking(/\/events/);
      if (rounds < 4) once.lookAgain(0);
      expect(rounds).toBe(4);
    }, 15_000);
    expect(await asking(/ json$/)).toBe(commands === 9 ? 4 : 2);
    once.close();
  });

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
        kubeTogether: (...answer) => spied.kubeTogether(...answer),
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
