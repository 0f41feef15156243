// A watch whose cluster changes: how its packets are to go is asked anew, for a way that was foretold once need not stand.
import { expect, it } from 'vitest';
import { a, build, demo, fact, inventoryOf } from '../../app/topology/testing/scenario.ts';
import type { TraceRequest } from '../../app/trace/model.ts';
import { PodWatch } from './pod-watch.ts';
import { FakeNode } from './testing/fake-node.ts';
import { pcapRecord, pcapStream } from './testing/pcap-stream.ts';

it('asks again how connections go that are still seen, once what is known has changed', async () => {
  const topology = build([a(1000)], { inventory: inventoryOf(fact()) });
  const node = new FakeNode('a');
  const asked: TraceRequest[] = [];
  const tracked: (string | null)[][] = [];
  // It is turned by hand: however long workers take to start, what was captured is not old.
  let now = Date.now();
  await using watch = new PodWatch({
    workerFile: new URL('./packet-worker.ts', import.meta.url),
    trailWorkerFile: new URL('./trail-worker.ts', import.meta.url),
    trace: (request) => {
      asked.push(request);
      return Promise.resolve(null);
    },
    tracked: (_node, questions) => {
      tracked.push(questions.map(({ source }) => source));
      return Promise.resolve(questions.map(() => ({ entries: [], sentence: null })));
    },
    topology: () => topology,
    nodes: () => [node],
    now: () => now,
  });
  expect(await watch.start('pod:u1', { expression: null })).toMatchObject({ ok: true });
  const at = { s: Math.floor(now / 1000), ns: 1 };
  const datagram = { at, ifindex: demo.hostIfindex, packetType: 0 as const, protocol: 17 as const };
  const capture = node.captures[0];
  capture?.say({
    kind: 'bytes',
    bytes: pcapStream([{ ...datagram, source: '192.168.1.2', destination: '10.0.0.77' }]),
  });
  await expect.poll(() => watch.trailsView.flows.length, { timeout: 20_000 }).toBe(1);
  await expect.poll(() => asked.length).toBe(1);
  now += 2_000;
  watch.moved();
  await expect.poll(() => asked.length, { timeout: 10_000 }).toBe(2);
  expect(asked[1]).toEqual(asked[0]);
  // One change is one more question, whatever else is new.
  now += 2_000;
  const again = { ...datagram, source: '192.168.1.2', destination: '10.0.0.77' };
  capture?.say({ kind: 'bytes', bytes: pcapRecord(again) });
  await expect.poll(() => watch.view.packets.total).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(asked.length).toBe(2);
  // What conntrack lists of a flow does not change with the way.
  expect(tracked).toEqual([['192.168.1.2']]);
}, 40_000);
