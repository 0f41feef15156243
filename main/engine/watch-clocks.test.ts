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
const SET = /^\d\d:\d\d:\d\d: The clock of b was set forward by (at least )?(5000|49\d\d) ms/;
const CONTRADICTED =
  /^Packets show the clock of b 80\d ms ahead of that of a \(± .*\), while both nodes’ clock synchronisation says that they are at most 2\.\d ms apart\.$/;

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
  /** From which second on the second node's clock is set. */
  let setFrom = Infinity;
  const ticks = (index: number, from: number, to: number): NodeTime => {
    const count = packets[index]?.length ?? 0;
    let nodeTime = timeOf(began);
    for (let s = from; s < to; s += 1) {
      nodeTime = timeOf(began + s * 1000 + (index === 0 ? 0 : AHEAD + (s >= setFrom ? 5_000 : 0)));
      nodes[index]?.captures[0]?.say({
        ...{ kind: 'tick', exact: true, captured: count, received: count, dropped: 0, nodeTime },
        uptime: { before: 500 + s, after: 500.02 + s },
      });
    }
    return nodeTime;
  };
  for (const [index, node] of nodes.entries()) {
    ticks(index, 0, 3);
    node.captures[0]?.say({ kind: 'bytes', bytes: pcapStream(packets[index] ?? []) });
  }
  const said = (pattern: RegExp): boolean => watch.view.sentences.some((one) => pattern.test(one));
  let isContradicted = false;
  // Each look hears the last second alone, however long the workers take: the next is said after it, by both nodes.
  for (let s = 3; s < 60 && !(isContradicted && said(SET)); s += 1) {
    // What nodes say of their clocks ends where these are set: until it was told of, they are not.
    isContradicted ||= said(CONTRADICTED);
    if (isContradicted) setFrom = Math.min(setFrom, s);
    const ticked = [ticks(0, s, s + 1), ticks(1, s, s + 1)];
    const heard = () =>
      nodes.map(
        ({ label }) => watch.view.captures.find(({ nodeLabel }) => nodeLabel === label)?.watermark ?? null,
      );
    await expect.poll(heard, { interval: 10 }).toEqual(ticked);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  expect([isContradicted, said(SET)]).toEqual([true, true]);
  expect(watch.view.sentences.filter((one) => !SET.test(one) && !CONTRADICTED.test(one))).toEqual([]);
}, 60_000);
