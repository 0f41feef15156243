// Watching a Pod on a real lab: real tcpdump at every vantage point of a path, and what is left when it ends.
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PacketRow, PacketWindow } from '../../app/contract/watch.ts';
import { inFullTier } from '../../app/testing/runs.ts';
import { createEngine } from './create-engine.ts';
import { startLab, type Lab } from './testing/lab.ts';

const { signal } = new AbortController();
const workers = ['k8s-worker-1', 'k8s-worker-2'] as const;
const nodes = ['k8s-master', ...workers] as const;
let lab: Lab;
let engine: ReturnType<typeof createEngine>;

/** Resolves with the time it took, ms; fails with what was there instead. */
async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs: number,
): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > deadlineMs) {
      const { view } = engine.watch;
      throw new Error(`not within ${deadlineMs} ms: ${what}\n${JSON.stringify(view, null, 1)}`);
    }
    await sleep(10);
  }
  const took = performance.now() - began;
  console.log(`${what}: ${took.toFixed(0)} ms`);
  return took;
}

const podId = (name: string): string => {
  const found = Object.values(engine.topology.pods).find((pod) => pod.name === name && pod.until === null);
  if (found === undefined) throw new Error(`no Pod ${name}`);
  return found.id;
};

async function watch(name: string): Promise<void> {
  const started = await engine.watch.start(podId(name), { expression: null });
  if (!started.ok) throw new Error(started.failure.sentence);
}

/** Rows that pass `filter`, with the labels of where they were seen. */
async function rows(filter: string): Promise<(PacketRow & { where: string })[]> {
  const window: PacketWindow = { type: 'window', from: 0, count: 500, filter, until: null };
  const answer = await engine.watch.rows(window);
  const labels = new Map(engine.watch.view.vantagePoints.map(({ id, label }) => [id, label]));
  return answer.rows.map((row) => ({ ...row, where: labels.get(row.vantagePoint) ?? '?' }));
}

/** Where a SYN from the demo Pod to its peer was seen. */
async function synSeenAt(): Promise<Set<string>> {
  const seen = await rows('ip.addr == 192.168.2.3 && tcp.port == 8080');
  return new Set(
    seen.flatMap(({ where, tone, destination }) =>
      tone === 'opening' && destination.address === '192.168.2.3' ? [where] : [],
    ),
  );
}

const path = [
  'k8s-worker-1/c2c-network-demo/eth0',
  'k8s-worker-1/calid9d486e54a8',
  'k8s-worker-1/ens192',
  'k8s-worker-2/ens192',
  'k8s-worker-2/calia4d5046802b',
  'k8s-worker-2/c2c-network-demo-w2/eth0',
];

const seenAll = async () => {
  const seen = await synSeenAt();
  return path.every((place) => seen.has(place));
};

/** Our captures' processes on a node. */
async function left(node: string): Promise<string> {
  const script = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -a '^[^ ]*tcpdump ' ; done; true";
  return (await lab.exec(node, 'sh', '-c', script)).trim();
}

async function nothingLeft(): Promise<void> {
  for (const node of nodes)
    await until(`nothing left on ${node}`, async () => (await left(node)) === '', 6_000);
}

beforeAll(async () => {
  lab = await startLab('watch-test');
  engine = createEngine({ attended: false });
  const opened = await engine.open(lab.clusterFile, { signal });
  if (!opened.ok) throw new Error(opened.failure.sentence);
  await until('all read', () => engine.settled && engine.inventoried, 20_000);
}, 90_000);

afterEach(() => engine.watch.stop());

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

describe('a Pod is watched', () => {
  it('a SYN at every vantage point of its path within 2 s, the peer’s inside among them', async () => {
    await watch('c2c-network-demo');
    const first = await until('the first packet', () => engine.watch.view.packets.total > 0, 3_000);
    const rest = await until('a SYN at all six vantage points', seenAll, 3 * 2_000);
    console.log(`in all ${(first + rest).toFixed(0)} ms`);
    const { captures, sentences, loss } = engine.watch.view;
    expect(captures.map(({ state }) => state)).toEqual(captures.map(() => 'running'));
    expect(captures).toHaveLength(5);
    expect([sentences, loss]).toEqual([[], { kernel: 0, governor: 0, ours: 0 }]);
    await until(
      'watermarks',
      () => engine.watch.view.captures.every(({ watermark }) => watermark !== null),
      6_000,
    );
    const [row] = await rows('ip.addr == 192.168.2.3 && tcp.port == 8080');
    expect([row?.source.name, row?.destination.name].sort()).toEqual([
      'c2c-network-demo',
      'c2c-network-demo-w2',
    ]);
    const labels = engine.watch.view.vantagePoints.map(({ label }) => label);
    expect(labels.filter((label) => /\/if\d+$/.test(label))).toEqual([]);
    const host = Object.values(engine.topology.interfaces).find(({ name }) => name === 'calid9d486e54a8');
    expect(engine.watch.counts.get(host?.id ?? '')?.inbound).toBeGreaterThan(0);
    // The Pod's process is still its own, with ours in its namespace.
    const inside = Object.values(engine.topology.netns).filter(
      ({ root, until: end }) => !root && end === null,
    );
    expect(
      inside.map(({ process }) => process?.comm).filter((comm) => /tcpdump|nsenter/.test(comm ?? '')),
    ).toEqual([]);
    const stopped = performance.now();
    await engine.watch.stop();
    console.log(`stopped after ${(performance.now() - stopped).toFixed(0)} ms`);
    await nothingLeft();
  }, 60_000);

  if (inFullTier())
    it('takes no more of its nodes than they can spare: what is not captured is not called dropped, and nothing is left', async () => {
      const caps = { packets: 2_000 };
      const started = await engine.watch.start(podId('c2c-network-demo'), { expression: null, caps });
      if (!started.ok) throw new Error(started.failure.sentence);
      const ticked = () => {
        const { captures } = engine.watch.view;
        return captures.length > 3 && captures.every(({ watermark }) => watermark !== null);
      };
      await until('captures have ticked', ticked, 20_000);
      const send = (to: string, rate: number, count: number) =>
        lab.run(
          ...['traffic', 'send', '--from', 'c2c-network-demo', '--to', to, '--json'],
          ...['--rate', String(rate), '--count', String(count)],
        );
      const quiet = send('web-2', 50, 600);
      await until(
        'the quiet talk is seen',
        async () => (await rows('ip.addr == 192.168.2.2')).length > 0,
        15_000,
      );
      const sending = send('c2c-network-demo-w2', 4_000, 40_000);
      const spared = () =>
        engine.watch.view.sentences.filter((one) => one.startsWith('To spare k8s-worker-'));
      await until('both nodes are spared', () => spared().length === 2, 15_000);
      console.log(spared().join('\n'));
      // What makes it too much is none of the few that there is room for.
      expect(spared().filter((sentence) => sentence.includes('192.168.2.3'))).toEqual([]);
      const { totals } = JSON.parse(await sending) as { totals: { sent: number; heard: number } };
      const { captures } = engine.watch.view;
      const kept = Math.max(...captures.map(({ packets }) => packets));
      console.log(`${totals.sent} sent, ${totals.heard} heard, ${kept} captured at one place`);
      expect(kept).toBeLessThan(totals.sent * 2);
      await quiet;
      await engine.watch.stop();
      const { counts } = engine.watch.trailsView;
      expect(
        engine.watch.view.sentences.filter((one) => / from .* to .* was /.test(one)).length,
      ).toBeGreaterThan(1);
      console.log(JSON.stringify(counts));
      expect(totals.heard).toBe(totals.sent);
      expect(counts.dropped).toBe(0);
      expect(counts.delivered).toBeGreaterThan(0);
      await nothingLeft();
    }, 90_000);

  it('is exported while it is watched', async () => {
    await watch('c2c-network-demo');
    await until('packets', () => engine.watch.view.packets.total > 20, 10_000);
    const folder = await mkdtemp(join(tmpdir(), 'hopscope-export-'));
    try {
      const file = join(folder, 'case.zip');
      const exported = await engine.exportCase(file, { payload: false, signal });
      if (!exported.ok) throw new Error(exported.failure.sentence);
      expect(exported.value.packets).toBeGreaterThan(20);
      expect((await stat(file)).size).toBeGreaterThan(1_000);
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 30_000);

  it('another click ends what was, and quick ones leave nothing behind', async () => {
    for (const name of ['c2c-network-demo', 'web-1', 'c2c-network-demo-w2', 'web-1']) void watch(name);
    await watch('c2c-network-demo');
    await until('packets of the last', async () => (await synSeenAt()).size > 0, 6_000);
    const ours = await left('k8s-master');
    expect(ours.split('\n')).toHaveLength(1);
    await engine.watch.stop();
    await nothingLeft();
  }, 40_000);

  it('a killed tcpdump is started again, and the gap is said', async () => {
    await watch('c2c-network-demo');
    await until('a SYN everywhere', seenAll, 6_000);
    await lab.exec('k8s-worker-2', 'sh', '-c', 'kill -9 $(pidof tcpdump)');
    await until(
      'said',
      () => engine.watch.view.sentences.some((one) => one.startsWith('Nothing was captured at k8s-worker-2')),
      6_000,
    );
    await until(
      'runs again',
      () => engine.watch.view.captures.filter(({ state }) => state === 'running').length === 5,
      6_000,
    );
  }, 40_000);

  it('a node that is cut off waits, is captured again when it is back, and the gap is said', async () => {
    await watch('c2c-network-demo');
    await until('a SYN everywhere', seenAll, 6_000);
    await lab.run('fault', 'sshd-kill', '--node', 'k8s-worker-2');
    const state = () =>
      engine.watch.view.captures.filter(
        ({ nodeLabel, state: one }) => nodeLabel === 'k8s-worker-2' && one === 'waiting',
      ).length;
    await until('waits', () => state() > 0, 20_000);
    const before = engine.watch.view.packets.total;
    await until('the others go on', () => engine.watch.view.packets.total > before + 5, 10_000);
    await lab.run('heal', '--node', 'k8s-worker-2');
    const gap = /^Nothing was captured at k8s-worker-2 from /;
    await until('said', () => engine.watch.view.sentences.some((one) => gap.test(one)), 40_000);
    await engine.watch.stop();
    await nothingLeft();
  }, 120_000);

  it('its packet worker killed: packets stay, captures begin anew', async () => {
    await watch('c2c-network-demo');
    await until('a SYN everywhere', seenAll, 6_000);
    engine.killPacketWorkerForTest();
    await until('said', () => /Every capture begins anew/.test(engine.watch.view.sentences.join(' ')), 6_000);
    const before = engine.watch.view.packets.total;
    await until('more packets', () => engine.watch.view.packets.total > before + 20, 10_000);
    const [oldest] = await rows('');
    expect(oldest?.number).toBe(1);
  }, 40_000);

  it('deleted while it is watched: said, nothing left, the packets stay', async () => {
    await lab.run('pod', 'add', 'short-lived', '--node', 'k8s-worker-1');
    await until(
      'there',
      () =>
        Object.values(engine.topology.pods).some(
          (pod) => pod.name === 'short-lived' && pod.podInterfaceId !== null,
        ),
      6_000,
    );
    await watch('short-lived');
    await until(
      'captured',
      () => engine.watch.view.captures.filter(({ state }) => state === 'running').length === 4,
      6_000,
    );
    await lab.run('pod', 'delete', 'short-lived');
    await until('ended', () => engine.watch.view.state === 'ended', 6_000);
    expect(engine.watch.view.sentences[0]).toMatch(
      /^short-lived is gone since \d\d:\d\d:\d\d; what was captured until then stays\.$/,
    );
    await nothingLeft();
  }, 60_000);
});
