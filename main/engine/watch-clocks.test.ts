// What a watch says of the nodes' clocks, over played nodes, with the real workers: from the captures' seconds and the nodes' own synchronisation.
import { expect, it } from 'vitest';
import { a, build, demo, fact, inventoryOf } from '../../app/topology/testing/scenario.ts';
import type { NodeTime } from '../../app/topology/model.ts';
import { PodWatch } from './pod-watch.ts';
import { FakeNode } from './testing/fake-node.ts';
import { pcapStream, type TestPacket } from './testing/pcap-stream.ts';

/** ms by which the second node's clock is ahead. */
const AHEAD = 800;
const POD = '192.168.1.2';
const OTHER = '10.0.0.77';

it('a clock that is set, and synchronisation that packets contradict', async () => {
  const topology = build([a(1000), a(1000, { label: 'b', address: '10.0.0.2', pods: [] })], {
    inventory: inventoryOf(fact()),
  });
  const nodes = [new FakeNode('a'), new FakeNode('b')] as const;
  const bound = { plusMinusNs: 1_000_000, drift: 1e-6 };
  for (const node of nodes) node.sync = { by: 'chrony', at: null, bound, source: '10.0.0.5' };
  await using watch = new PodWatch({
    workerFile: new URL('./packet-worker.ts', import.meta.url),
    trailWorkerFile: new URL('./trail-worker.ts', import.meta.url),
    trace: () => Promise.resolve(null),
    tracked: () => Promise.resolve([]),
    topology: () => topology,
    nodes: () => nodes,
    now: () => Date.now(),
    asksClocksAfterMs: 1_300,
  });
  expect(await watch.start('pod:u1', { expression: null })).toMatchObject({ ok: true });
  const began = Math.floor(Date.now() / 1000) * 1000;
  const timeOf = (ms: number): NodeTime => ({
    s: Math.floor(ms / 1000),
    ns: Math.floor(ms % 1000) * 1e6 + 1,
  });
  const nic = { ifindex: 2, ttl: 63, source: POD, destination: OTHER };
  const back = { ifindex: 2, source: OTHER, destination: POD, flags: 0x12 };
  const at = (ms: number, b: boolean): TestPacket['at'] => timeOf(began + ms + (b ? AHEAD : 0));
  const packets: readonly TestPacket[][] = [
    [
      { ...nic, ttl: 64, ifindex: demo.hostIfindex, packetType: 0, at: at(100, false) },
      { ...nic, packetType: 4, at: at(100, false) },
      { ...back, packetType: 0, at: at(104, false) },
      { ...back, ttl: 63, ifindex: demo.hostIfindex, packetType: 4, at: at(104, false) },
    ],
    [
      { ...nic, packetType: 0, at: at(101, true) },
      { ...back, packetType: 4, at: at(103, true) },
    ],
  ];
  for (const [index, node] of nodes.entries()) {
    const capture = node.captures[0];
    const count = packets[index]?.length ?? 0;
    const ticks = (from: number, to: number, ahead: number): void => {
      for (let s = from; s < to; s += 1)
        capture?.say({
          ...{ kind: 'tick', exact: true, captured: count, received: count, dropped: 0 },
          nodeTime: timeOf(began + s * 1000 + ahead),
          uptime: { before: 500 + s, after: 500.02 + s },
        });
    };
    ticks(0, 3, index === 0 ? 0 : AHEAD);
    capture?.say({ kind: 'bytes', bytes: pcapStream(packets[index] ?? []) });
    // Each look hears the last second: the workers get the others, too.
    for (let s = 3; s < 12; s += 1) {
      ticks(s, s + 1, (index === 0 ? 0 : AHEAD) + (index === 1 && s > 8 ? 5_000 : 0));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  }
  await expect
    .poll(() => watch.view.sentences, { timeout: 40_000 })
    .toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d: The clock of b was set forward by (at least )?(5000|49\d\d) ms/,
      ),
      expect.stringMatching(
        /^Packets show the clock of b 80\d ms ahead of that of a \(± .*\), while both nodes’ clock synchronisation says that they are at most 2\.\d ms apart\.$/,
      ),
    ]);
}, 60_000);
