// A watch that would take more of its nodes than they can spare, over played nodes, with the real packet worker.
import { afterEach, describe, expect, it } from 'vitest';
import { a, build, demo, fact, inventoryOf } from '../../app/topology/testing/scenario.ts';
import type { Watch } from './watch.ts';
import type { Caps } from '../../app/watch/governor.ts';
import { CaptureRecord } from './capture-record.ts';
import { ClockSyncWatch } from './clock-sync-watch.ts';
import { PodWatch } from './pod-watch.ts';
import { FakeNode } from './testing/fake-node.ts';
import { pcapHeader, pcapRecord } from './testing/pcap-stream.ts';
import { WatchGovernor } from './watch-governor.ts';
import { limitReached, noLimits } from './watch-limits.ts';

const POD = '192.168.1.2';
let open: PodWatch | null = null;
let ticking: NodeJS.Timeout | undefined;

afterEach(async () => {
  clearInterval(ticking);
  await open?.[Symbol.asyncDispose]();
  open = null;
});

/**
 * Ten times a second each capture brings packets with two peers: so many with the one, and one with the other. How many there are is told only
 * once it is decoded with whom they are, for a busy machine takes its time.
 */
async function watched(options: Partial<Parameters<Watch['start']>[1]>, often: number) {
  const topology = build([a(1000)], { inventory: inventoryOf(fact()) });
  const node = new FakeNode('a');
  const watch = new PodWatch({
    workerFile: new URL('./packet-worker.ts', import.meta.url),
    trailWorkerFile: new URL('./trail-worker.ts', import.meta.url),
    trace: () => Promise.resolve(null),
    tracked: () => Promise.resolve([]),
    topology: () => topology,
    nodes: () => [node],
    now: () => Date.now(),
  });
  open = watch;
  watch.warm();
  expect(await watch.start('pod:u1', { expression: null, ...options })).toMatchObject({ ok: true });
  const counts = new Map<object, number>();
  let told = 0;
  ticking = setInterval(() => {
    for (const capture of node.running) {
      const before = counts.get(capture);
      const { peers } = capture.request;
      const talks = [['10.0.0.77', often] as const, ['10.0.0.78', 1] as const];
      const sent = talks.flatMap(([source, many]) =>
        peers === undefined || peers.includes(source) ? Array<string>(many).fill(source) : [],
      );
      const now = Date.now();
      const at = { s: Math.floor(now / 1000), ns: (now % 1000) * 1e6 + 1 };
      const packet = { at, ifindex: demo.hostIfindex, packetType: 4 as const, destination: POD };
      if (before === undefined) capture.say({ kind: 'bytes', bytes: pcapHeader() });
      for (const source of sent) capture.say({ kind: 'bytes', bytes: pcapRecord({ ...packet, source }) });
      const captured = (before ?? 0) + sent.length;
      counts.set(capture, captured);
      if (watch.view.packets.total > 4 * often) told += sent.length;
      capture.say({ kind: 'tick', exact: true, nodeTime: at, captured, received: told, dropped: 0 });
    }
  }, 100);
  return { watch, node };
}

describe('a node that has too much to capture', () => {
  it('is captured a few talks of, then nothing, and says so', async () => {
    const { watch, node } = await watched({ caps: { packets: 200 } }, 40);
    await expect
      .poll(() => node.running.map(({ request }) => request.peers), { timeout: 40_000 })
      .toEqual([['10.0.0.78'], ['10.0.0.78']]);
    await expect
      .poll(() => watch.view.sentences)
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(
            /^To spare a, since \d\d:\d\d:\d\d only what the Pod exchanges with 10\.0\.0\.78, and who refuses it, is captured there, and all else is not captured there: there were [\d,]+ packets a second, and 200 are asked of a node at most\. More is tried from \d\d:\d\d:\d\d on\.$/,
          ),
          expect.stringMatching(/^Nothing was captured at a from \d\d:\d\d:\d\d to/),
          expect.stringMatching(/^Nothing was captured at a\/c2c-network-demo from \d\d:\d\d:\d\d to/),
        ]),
      );
    await expect.poll(() => watch.view.captures.filter(({ state }) => state === 'running').length).toBe(2);
    // Who is captured alone may become too much, too.
    clearInterval(ticking);
    ticking = setInterval(() => {
      for (const capture of node.running) {
        const captured = Math.floor(Date.now() / 2);
        const now = Date.now();
        const nodeTime = { s: Math.floor(now / 1000), ns: (now % 1000) * 1e6 + 1 };
        capture.say({ kind: 'tick', exact: true, nodeTime, captured, received: captured, dropped: 0 });
      }
    }, 300);
    await expect.poll(() => node.running.length, { timeout: 8_000 }).toBe(0);
    const off = watch.view.captures.filter(({ sentence }) => sentence?.includes('nothing is captured there'));
    expect(off.map(({ pod, state }) => [pod?.name ?? null, state])).toEqual([
      [null, 'off'],
      ['c2c-network-demo', 'off'],
    ]);
  }, 90_000);
});

describe('what of a node is too much', () => {
  const plan = {
    nodeLabel: 'a',
    netnsId: 'ns:a',
    pod: null,
    device: null,
    snaplen: 128,
    addresses: [POD],
    peers: null,
    outside: [],
  };
  function scene(caps: Partial<Caps>) {
    const governor = new WatchGovernor({
      ...{ caps, own: () => [POD], asked: () => [], hasFilter: false },
      // What masquerades the Pod is called as it is.
      alsoCalled: (address) => [address],
      nameOf: (address) => address,
    });
    const record = new CaptureRecord(1, plan, 0);
    record.begin(0);
    record.tell('running', null, 0);
    const tick = (s: number, bytes: number): void => {
      record.took(bytes);
      const counted = { captured: s * 1_000, received: s * 1_000, dropped: 0 };
      record.tick({ kind: 'tick', exact: true, nodeTime: { s, ns: 1 }, ...counted }, s * 1_000);
    };
    governor.heard([
      { address: '10.0.0.1', packets: 900 },
      { address: '10.0.0.2', packets: 100 },
      { address: POD, packets: 5 },
    ]);
    return { governor, tick, second: (at: number) => governor.second(at, [record]) };
  }

  it('says how much room there is for a few: of bytes, too', () => {
    const { governor, tick, second } = scene({ bytes: 100_000 });
    const changed = [1, 2, 3].flatMap((s) => {
      tick(s, 200_000);
      return second(s * 1_000 + 10);
    });
    expect(changed).toEqual(['a']);
    // Half of a second's packets are little enough, and a few have half of those.
    expect(governor.of('a').peers).toEqual(['10.0.0.2']);
  });

  it('is known of whole seconds alone: one that has told again does not make another of what all others said', () => {
    const governor = new WatchGovernor({
      ...{ caps: { packets: 500 }, own: () => [POD], asked: () => [], hasFilter: false },
      alsoCalled: (address) => [address],
      nameOf: (address) => address,
    });
    const records = [1, 2].map((id) => new CaptureRecord(id, plan, 0));
    for (const record of records) {
      record.begin(0);
      record.tell('running', null, 0);
    }
    const tick = (of: number, s: number, received: number): void =>
      records[of]?.tick(
        { kind: 'tick', exact: true, nodeTime: { s, ns: 1 }, captured: received, received, dropped: 0 },
        s * 1_000,
      );
    const second = (at: number): readonly string[] => governor.second(at, records);
    for (const s of [1, 2]) {
      tick(0, s, s);
      tick(1, s, s * 1_000);
      expect(second(s * 1_000 + 10)).toEqual([]);
    }
    // One second was too much. Of the next the one that had much to do has not told yet.
    tick(0, 3, 3);
    expect(second(3_010)).toEqual([]);
    tick(1, 3.1, 3_000);
    expect(second(4_010)).toEqual(['a']);
    expect(governor.of('a').degree).not.toBe('all');
  });

  it('is what a kernel loses of one capture while another one is waited for', () => {
    const governor = new WatchGovernor({
      ...{ caps: { packets: 1e9 }, own: () => [POD], asked: () => [], hasFilter: false },
      alsoCalled: (address) => [address],
      nameOf: (address) => address,
    });
    governor.heard([
      { address: '10.0.0.1', packets: 900 },
      { address: '10.0.0.2', packets: 100 },
    ]);
    const records = [1, 2].map((id) => new CaptureRecord(id, plan, 0));
    for (const record of records) {
      record.begin(0);
      record.tell('running', null, 0);
    }
    const tick = (of: number, s: number, dropped: number): void =>
      records[of]?.tick(
        {
          kind: 'tick',
          exact: true,
          nodeTime: { s, ns: 1 },
          captured: s * 40_000,
          received: s * 40_000,
          dropped,
        },
        s * 1_000,
      );
    for (const of of [0, 1]) tick(of, 1, 0);
    governor.second(1_010, records);
    // The one that loses some tells twice before the other one tells.
    for (const s of [2, 4, 6, 8]) {
      tick(0, s, s * 5_000);
      governor.second(s * 1_000 + 10, records);
      tick(0, s + 1, s * 5_000);
      tick(1, s + 1, 0);
      governor.second(s * 1_000 + 1_010, records);
    }
    expect(governor.of('a').degree).toBe('few');
  });

  it('is known of a node that was over and tells no more', () => {
    const { governor, tick, second } = scene({ packets: 500 });
    for (const s of [1, 2]) {
      tick(s, 0);
      expect(second(s * 1_000 + 10)).toEqual([]);
    }
    // The same second again is no other.
    expect([second(2_500), second(3_500)].flat()).toEqual([]);
    expect(second(5_000)).toEqual(['a']);
    expect(governor.of('a')).toMatchObject({ degree: 'few', peers: ['10.0.0.2'] });
  });
});

it('nodes of which something is captured are asked how right their clocks are, and no others', async () => {
  const nodes = [new FakeNode('a'), new FakeNode('b')];
  for (const node of nodes) node.sync = { by: 'chrony', at: null, bound: null, source: null };
  const told: string[] = [];
  const captured = (): FakeNode[] => nodes.filter(({ label }) => label === 'b');
  using _watch = new ClockSyncWatch(captured, (label) => told.push(label), 1);
  await expect.poll(() => told).toEqual(['b']);
});

describe('a watch ends by itself', () => {
  it('at its limit of time, and leaves nothing', async () => {
    const { watch, node } = await watched({ limits: { ...noLimits, seconds: 1 } }, 1);
    await expect.poll(() => watch.view.state, { timeout: 40_000 }).toBe('ended');
    expect(watch.view.sentences[0]).toMatch(
      /^The watch ended by itself at \d\d:\d\d:\d\d, after 1 s; what was captured until then stays/,
    );
    await expect.poll(() => node.running.length).toBe(0);
  }, 60_000);

  it.each([
    [{ packets: 50 }, /, with 1,276 packets, and 50 were asked for at most;/],
    [{ bytes: 5_000_000 }, /, with 7 MB captured, and 5 MB are the most;/],
    [{ bytes: 5_000 }, /, with 7 MB captured, and 5 kB are the most;/],
    [{ seconds: 7_200 }, /, after 2 hours;/],
    [{ packets: 1_277, bytes: 8_000_000, seconds: 7_201 }, null],
  ])('at a limit of %j', (limits, sentence) => {
    const come = { now: 0, ms: 7_200_000, packets: 1_276, bytes: 7_000_000 };
    const said = limitReached({ ...noLimits, ...limits }, come);
    if (sentence === null) expect(said).toBeNull();
    else expect(said).toMatch(sentence);
  });
});
