// A watch that learns of its cluster: how packets are to go is asked anew, for a way that was foretold once need not stand; as whom they are
// masqueraded is captured, too; and what is in a tunnel is known by that tunnel's port.
import { expect, it } from 'vitest';
import type { PacketWindow } from '../../app/contract/watch.ts';
import { EtherType, ethernet, LinkType, sll2 } from '../../app/packet/testing/packets/link.ts';
import { ipv4, udp, vxlan } from '../../app/packet/testing/packets/network.ts';
import { pcap } from '../../app/packet/testing/pcap.ts';
import { ok } from '../../app/result.ts';
import { a, build, demo, fact, inventoryOf } from '../../app/topology/testing/scenario.ts';
import type { TraceAnswer, TraceRequest } from '../../app/trace/model.ts';
import { PodWatch } from './pod-watch.ts';
import { FakeNode } from './testing/fake-node.ts';
import { pcapRecord, pcapStream } from './testing/pcap-stream.ts';

const PORTS = [8999];

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

it('captures a Pod’s packets under the address that they are masqueraded with, where they have it, and says that it begins anew', async () => {
  const topology = build([a(1000)], { inventory: inventoryOf(fact()) });
  const root = Object.values(topology.nodes)[0]?.rootNetns ?? '';
  const node = new FakeNode('a');
  const seen = (src: string): object => ({
    ...{ protocol: 17, src, dst: '8.8.8.8', sport: 0, dport: 53, icmpType: null, carried: false },
  });
  const hop = { ingressId: null, egressId: null, packet: '', action: 'forward' };
  const answer = {
    ...{ ok: true, reverse: null },
    paths: [
      {
        ...{ verdict: 'delivered', stopsAt: null, sentence: '' },
        hops: [
          { ...hop, netnsId: 'pod', came: null, left: seen('192.168.1.2') },
          { ...hop, netnsId: root, came: seen('192.168.1.2'), left: seen('10.0.0.1') },
        ],
      },
    ],
  } as unknown as TraceAnswer;
  await using watch = new PodWatch({
    workerFile: new URL('./packet-worker.ts', import.meta.url),
    trailWorkerFile: new URL('./trail-worker.ts', import.meta.url),
    trace: () => Promise.resolve(answer),
    tracked: () => Promise.resolve([]),
    topology: () => topology,
    nodes: () => [node],
    now: () => Date.now(),
  });
  expect(await watch.start('pod:u1', { expression: null })).toMatchObject({ ok: true });
  const at = { s: Math.floor(Date.now() / 1000), ns: 1 };
  for (const capture of node.captures)
    capture.say({ kind: 'tick', exact: true, nodeTime: at, captured: 0, received: 0, dropped: 0 });
  expect(node.captures.map(({ request }) => request.outside)).toEqual([undefined, undefined]);
  const datagram = { at, ifindex: demo.hostIfindex, packetType: 0 as const, protocol: 17 as const };
  node.captures[0]?.say({
    kind: 'bytes',
    bytes: pcapStream([{ ...datagram, source: '192.168.1.2', destination: '8.8.8.8' }]),
  });
  await expect.poll(() => node.captures.length, { timeout: 20_000 }).toBe(3);
  const outside = [{ address: '10.0.0.1', peers: ['8.8.8.8'] }];
  expect(node.captures[2]?.request).toMatchObject({ namespace: null, addresses: ['192.168.1.2'], outside });
  node.captures[2]?.say({
    ...{ kind: 'tick', exact: true, nodeTime: { s: at.s + 2, ns: 0 }, captured: 0, received: 0, dropped: 0 },
  });
  await expect
    .poll(() => watch.view.sentences.join())
    .toMatch(/^Nothing was captured at a from .*: What the Pod says is masqueraded there; it was begun anew/);
  // That is all there is to know: nothing begins anew again.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(node.running.map(({ request }) => request.outside)).toEqual([undefined, outside]);
  // A connection of ours is left out where the filter could hold it: between that address and those it is masqueraded to.
  const ssh = { client: '10.0.0.9', clientPort: 5000, server: '10.0.0.1', serverPort: 22 };
  node.sshConnections = [ssh];
  watch.moved();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(node.captures).toHaveLength(3);
  const held = { ...ssh, client: '8.8.8.8' };
  node.sshConnections = [ssh, held];
  watch.moved();
  await expect.poll(() => node.captures.length).toBe(4);
  expect(node.captures[3]?.request).toMatchObject({ namespace: null, exclude: [ssh, held] });
}, 40_000);

it('begins anew when with whom alone a Pod is watched has another address, captures that beside those before, and tells of its trails', async () => {
  const topology = build([a(1000)], { inventory: inventoryOf(fact()) });
  const node = new FakeNode('a');
  const [first, second] = ['192.168.2.3', '192.168.2.4'];
  let addresses = ['10.96.0.7', first];
  const service = { to: 'svc/default/web', name: 'default/web' };
  await using watch = new PodWatch({
    workerFile: new URL('./packet-worker.ts', import.meta.url),
    trailWorkerFile: new URL('./trail-worker.ts', import.meta.url),
    trace: () => Promise.resolve(null),
    tracked: () => Promise.resolve([]),
    topology: () => topology,
    nodes: () => [node],
    now: () => Date.now(),
  });
  const only = () => Promise.resolve(ok({ ...service, addresses, podIds: [] }));
  expect(await watch.start('pod:u1', { expression: null, only })).toMatchObject({ ok: true });
  const at = { s: Math.floor(Date.now() / 1000), ns: 1 };
  for (const capture of node.captures)
    capture.say({ kind: 'tick', exact: true, nodeTime: at, captured: 0, received: 0, dropped: 0 });
  expect(node.captures.map(({ request }) => request.peers)).toEqual([addresses, addresses]);
  // Each Pod behind it is replaced by another.
  addresses = ['10.96.0.7', second];
  watch.moved();
  await expect.poll(() => node.captures.length, { timeout: 20_000 }).toBe(4);
  const all = [...addresses, first];
  expect(node.running.map(({ request }) => request.peers)).toEqual([all, all]);
  const datagram = { at, ifindex: demo.hostIfindex, packetType: 0 as const, protocol: 17 as const };
  const root = node.running.find(({ request }) => request.namespace === null);
  root?.say({
    kind: 'bytes',
    bytes: pcapStream([
      { ...datagram, source: '192.168.1.2', destination: second },
      { ...datagram, source: '192.168.1.2', destination: first },
      { ...datagram, source: '192.168.1.2', destination: '192.168.2.5' },
    ]),
  });
  await expect.poll(() => watch.view.packets.total).toBe(3);
  const told = (): (string | undefined)[] =>
    watch.trailsView.flows.map(({ destination }) => destination.address).toSorted();
  await expect.poll(told, { timeout: 20_000 }).toEqual([first, second]);
  await expect
    .poll(() => watch.view.sentences.join())
    .toMatch(
      /^Nothing was captured at a from .*: With whom alone packets are captured has another address now/,
    );
}, 40_000);

it('knows what is in VXLAN by the port that the cluster file names', async () => {
  const topology = build([a(1000)], { inventory: inventoryOf(fact()) });
  const node = new FakeNode('a');
  await using watch = new PodWatch({
    workerFile: new URL('./packet-worker.ts', import.meta.url),
    trailWorkerFile: new URL('./trail-worker.ts', import.meta.url),
    trace: () => Promise.resolve(null),
    tracked: () => Promise.resolve([]),
    topology: () => topology,
    nodes: () => [node],
    now: () => Date.now(),
    vxlanPorts: () => PORTS,
  });
  expect(await watch.start('pod:u1', { expression: null })).toMatchObject({ ok: true });
  const inner = ipv4(17, udp(4000, 9000, 'said'), { source: '192.168.1.2', destination: '192.168.2.3' });
  const frames = [...PORTS, 4788].map((port) => ({
    bytes: sll2(
      EtherType.ipv4,
      ipv4(17, udp(50_000, port, vxlan(4096, ethernet(EtherType.ipv4, inner))), {
        ...{ source: '10.0.0.1', destination: '10.0.0.2' },
      }),
      { ifindex: 2 },
    ),
  }));
  node.captures[0]?.say({ kind: 'bytes', bytes: pcap(LinkType.linuxSll2, frames) });
  const all: PacketWindow = { type: 'window', from: 0, count: 10, filter: '', until: null };
  await expect
    .poll(async () => (await watch.rows(all)).rows.map(({ source }) => source.address), { timeout: 20_000 })
    .toEqual(['192.168.1.2', '10.0.0.1']);
}, 40_000);
