// The engine's side of the trail worker with the real one, and what becomes of trails when it dies.
import { afterEach, expect, it } from 'vitest';
import { PacketStore } from '../../app/packet/store/packet-store.ts';
import { verdicts } from '../../app/watch/model.ts';
import { pcapStream, type TestPacket } from './testing/pcap-stream.ts';
import { until } from './testing/until.ts';
import { TrailHost } from './trail-host.ts';
import type { ForetoldWay } from '../../app/watch/way-of-path.ts';
import type { FreshFlow } from './trail-protocol.ts';

const POD = '10.0.0.2';
const CAPTURE = 1;
const BASE = 1_700_000_000;
const addressOf = (peer: number): string => `10.1.${String(peer >> 8)}.${String(peer & 255)}`;
let open: TrailHost | null = null;
afterEach(async () => open?.[Symbol.asyncDispose]());

/** One capture, at the Pod's own interface, with a datagram from each of so many peers. */
function start({
  to = null,
  way = null,
}: { readonly to?: readonly string[] | null; readonly way?: ForetoldWay | null } = {}) {
  const restarts: string[] = [];
  const fresh: FreshFlow[] = [];
  const host = new TrailHost({
    workerFile: new URL('./trail-worker.ts', import.meta.url),
    now: () => BASE * 1000,
    onNews: () => undefined,
    onFresh: (flow) => fresh.push(flow),
    foretell: () => Promise.resolve(way),
    onRestart: (sentence) => restarts.push(sentence),
  });
  open = host;
  host.begin(to);
  const [addresses, receives] = [new Set([POD]), new Set(way === null ? [POD] : [])];
  const capture = (place: number): void => {
    host.capture(place, {
      ...{ place, node: 1, ifindex: null, addresses, receives },
      ...{ peers: null, seesCarried: false, outside: [] },
    });
  };
  capture(CAPTURE);
  const store = new PacketStore({ maxBytes: 64_000_000 });
  const decoder = store.decoder(CAPTURE);
  const told = new Set<SharedArrayBuffer>();
  let second = 0;
  const hear = (peers: readonly number[]): void => {
    second += 1;
    const at = { s: BASE + second, ns: 0 };
    const packets = peers.map((peer): TestPacket => {
      const common = { at, ifindex: 2, packetType: 0, protocol: 17 } as const;
      return { ...common, source: addressOf(peer), destination: POD };
    });
    const stream = pcapStream(packets);
    decoder.push(second === 1 ? stream : stream.subarray(24));
    const kept = store.segments
      .map(({ buffer }) => buffer)
      .filter((each) => each instanceof SharedArrayBuffer);
    host.decoded(
      kept.filter((each) => !told.has(each)),
      kept,
    );
    for (const each of kept) told.add(each);
    host.tick({ captureId: CAPTURE, watermark: { s: BASE + second, ns: 1 }, dropped: 0 });
  };
  const total = (): number => verdicts.reduce((sum, verdict) => sum + host.told.counts[verdict], 0);
  /** So many seconds later every capture has passed all that was heard. */
  const pass = (seconds: number, captures: readonly number[]): void => {
    second += seconds;
    for (const captureId of captures)
      host.tick({ captureId, watermark: { s: BASE + second, ns: 1 }, dropped: 0 });
  };
  return { host, hear, total, restarts, fresh, capture, pass };
}

const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, at) => from + at);

it('of a flood of new flows all are told in the end', async () => {
  const { hear, total, fresh } = start();
  hear(numbers(1_200));
  await until('each has its trail', () => total() === 1_200, 20_000);
  // Each is told when it is seen again.
  for (let round = 0; round < 5 && fresh.length < 1_200; round += 1) {
    const before = fresh.length;
    hear(numbers(1_200));
    await until('more are told', () => fresh.length > before, 20_000);
  }
  expect(new Set(fresh.map(({ tuple }) => tuple.source)).size).toBe(1_200);
}, 60_000);

it('a worker that dies when all is over counts anew what is still in memory', async () => {
  const { host, hear, total, restarts } = start();
  hear(numbers(20));
  hear(numbers(20));
  host.ended(CAPTURE);
  await host.finish();
  expect(total()).toBe(40);
  const { counts } = host.told;
  const { epoch } = host;
  await host.killWorkerForTest();
  await until('it is said', () => restarts.length === 1, 10_000);
  expect(restarts[0]).toContain('is counted anew, from the packets that are still in memory');
  // Numbers are others now.
  expect(host.epoch).not.toBe(epoch);
  await until('counted', () => total() === 40, 20_000);
  await host.finish();
  // Ticks and ways are gone with it: nothing is called dropped for that.
  expect(host.told.counts.dropped).toBeLessThanOrEqual(counts.dropped);
  expect(
    await host.window({ connections: null, verdicts: null, ids: null, count: 100, until: null }),
  ).toHaveLength(40);
}, 60_000);

it('what has killed two workers is left out, and what comes then is told', async () => {
  const { host, hear, total, restarts } = start();
  hear(numbers(20));
  await until('told', () => total() === 20, 20_000);
  for (const died of [1, 2]) {
    await host.killWorkerForTest();
    await until('it is said', () => restarts.length === died, 10_000);
    if (died === 1) await until('counted anew', () => total() === 20, 20_000);
  }
  expect(restarts[1]).toContain('are left out of what it tells');
  hear(numbers(5, 100));
  await until('what is new is told', () => total() === 5, 20_000);
  expect(host.told.missed).toBe(20);
}, 60_000);

it('tells of what goes between the Pod and somebody alone, where that is asked', async () => {
  const { host, hear, total } = start({ to: [addressOf(3)] });
  hear(numbers(20));
  hear(numbers(20));
  host.ended(CAPTURE);
  await host.finish();
  expect(total()).toBe(2);
  const trails = await host.window({ connections: null, verdicts: null, ids: null, count: 100, until: null });
  expect(new Set(trails?.map(({ flow }) => host.flow(flow)?.tuple.source))).toEqual(new Set([addressOf(3)]));
}, 60_000);

it('a way that leads where nobody captured holds there, too, once somebody does', async () => {
  const visit = (place: number, way: 'in' | 'out'): ForetoldWay['visits'][number] => ({
    ...{ at: { place, ifindex: 2, way }, ends: null, carried: false },
  });
  const way: ForetoldWay = { visits: [visit(1, 'in'), visit(2, 'in')], end: 'leaves', takes: {} };
  const { host, hear, total, fresh, capture, pass } = start({ way });
  hear(numbers(1));
  await until('it is told of', () => total() === 1 && fresh.length === 1, 20_000);
  // The way is with the worker.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(host.visits).toHaveLength(1);
  capture(2);
  pass(20, [1, 2]);
  hear(numbers(1));
  pass(20, [1, 2]);
  await until('what is lost there is dropped', () => host.told.counts.dropped === 1, 20_000);
  expect(host.told.counts.notCaptured).toBe(1);
}, 60_000);
