import { expect, it } from 'vitest';
import { noLoss, noWatch, type WatchView } from '../../app/contract/watch.ts';
import type { FlowCount, SoughtFlow } from '../../app/packet/store/flow-counts.ts';
import { CaptureRecord } from './capture-record.ts';
import { FlowSightings } from './flow-sightings.ts';
import { listeningOf } from './listening-of.ts';
import { NodeClock } from './node-clock.ts';

const flow: SoughtFlow = {
  protocol: 17,
  source: 'fd00::1',
  destination: 'fd00::2',
  sourcePort: null,
  destinationPort: 53,
  icmpType: null,
};
const at = { s: 5, ns: 0 };
const counted: FlowCount = {
  flow: 0,
  captureId: 1,
  ifindex: 2,
  way: 'in',
  packets: 2,
  last: at,
  seconds: [5],
};

function started() {
  let now = 1_000;
  const view: WatchView = {
    ...noWatch,
    run: 1,
    state: 'on',
    since: now,
    packets: { total: 7, kept: 7, bytes: 0 },
    captures: [
      {
        id: 1,
        nodeLabel: 'a',
        pod: null,
        state: 'starting',
        since: now,
        sentence: null,
        packets: 0,
        loss: noLoss,
        watermark: null,
      },
    ],
    vantagePoints: [
      {
        id: 9,
        captureId: 1,
        label: 'a/ens1',
        nodeLabel: 'a',
        podName: null,
        interfaceName: 'ens1',
        interfaceId: 'a/ens1',
        packets: 7,
      },
    ],
  };
  const asked: number[] = [];
  const run = { number: 1, view, listening: () => [], vantagePointOf: (): number => 9 };
  const counts = { kind: 'count' as const, counts: [counted], caughtUp: true, gaps: 0 };
  const host = {
    count: (_: readonly SoughtFlow[], from: number) => {
      asked.push(from);
      return Promise.resolve(counts);
    },
  };
  const sightings = new FlowSightings(host, () => now);
  return {
    run,
    asked,
    counts,
    pass: (ms: number) => (now += ms),
    of: (along: string, changed: Partial<WatchView> = {}, number = 1) =>
      sightings.of({ ...run, number, view: { ...view, ...changed } }, { along: [along], flows: [flow] }),
  };
}

it('counts from when all captures have begun, and goes on as long as the path is the same one', async () => {
  const watch = started();
  expect(await watch.of('a')).toMatchObject({ since: null, sightings: [] });
  watch.pass(400);
  const running = watch.run.view.captures.map((one) => ({ ...one, state: 'running' as const }));
  expect(await watch.of('a', { captures: running })).toMatchObject({
    since: 1_400,
    wholeSince: 1_400,
    sightings: [{ interfaceId: 'a/ens1', way: 'in', packets: 2 }],
  });
  const more = { captures: running, packets: { total: 20, kept: 20, bytes: 0 } };
  expect(await watch.of('a', more)).toMatchObject({ since: 1_400 });
  watch.pass(600);
  expect(await watch.of('b', more)).toMatchObject({ since: 2_000 });
  // Another run of the watch has other packets.
  expect(await watch.of('b', more, 2)).toMatchObject({ since: 2_000 });
  watch.pass(1);
  expect(await watch.of('b', more)).toMatchObject({ since: 2_001 });
  expect(watch.asked).toEqual([8, 8, 21, 21, 21]);
});

it('does not wait for ever for a capture that does not begin; a packet at an unknown interface may be the missing one', async () => {
  const watch = started();
  watch.pass(5_000);
  const points = watch.run.view.vantagePoints.map((one) => ({ ...one, interfaceId: null }));
  expect(await watch.of('a', { vantagePoints: points })).toMatchObject({
    since: 6_000,
    wholeSince: 6_000,
    sightings: [],
  });
  // The same packet stays where it is; what comes later is known.
  watch.pass(1_000);
  expect(await watch.of('a', { vantagePoints: points })).toMatchObject({ wholeSince: 6_000 });
  watch.counts.gaps = 1;
  expect(await watch.of('a')).toMatchObject({ wholeSince: 7_000 });
  watch.counts.caughtUp = false;
  expect(await watch.of('a')).toMatchObject({ since: 6_000, wholeSince: null });
});

it('a capture holds what passes there while it runs, from before counting began, and nothing is lost', () => {
  const plan = {
    nodeLabel: 'a',
    netnsId: 'ns:a',
    pod: null,
    device: null,
    snaplen: 128,
    addresses: ['fd00::1'],
    peers: null,
    outside: [],
  };
  const record = new CaptureRecord(1, plan, 1_000);
  expect(listeningOf(record, null, 2_000).holds).toBe('ended');
  record.tell('running', null, 1_500);
  expect(listeningOf(record, null, 2_000)).toMatchObject({
    ...{ holds: 'whole', addresses: ['fd00::1'], peers: null },
  });
  expect(listeningOf(record, 'port 53', 2_000).addresses).toBeNull();
  const few = new CaptureRecord(2, { ...plan, peers: ['fd00::2'] }, 1_000);
  expect(listeningOf(few, null, 2_000)).toMatchObject({ addresses: ['fd00::1'], peers: ['fd00::2'] });
  const outside = [{ address: 'fd00::a', peers: ['2001:db8::1'] }];
  expect(listeningOf(new CaptureRecord(3, { ...plan, outside }, 1_000), null, 2_000)).toMatchObject({
    outside,
  });
  expect(listeningOf(record, null, 1_400)).toMatchObject({ holds: 'began-later', wholeSince: 1_500 });
  const tick = { kind: 'tick' as const, nodeTime: { s: 0, ns: 0 }, exact: true, captured: 5, received: 5 };
  record.tick({ ...tick, dropped: 0 }, 1_600);
  expect(listeningOf(record, null, 1_550)).toMatchObject({
    holds: 'whole',
    wholeSince: 1_500,
    behind: 1_600,
  });
  record.tick({ ...tick, nodeTime: { s: 1, ns: 0 }, dropped: 2 }, 2_500);
  expect(listeningOf(record, null, 1_550)).toMatchObject({ holds: 'lost', wholeSince: 2_500, behind: 1_500 });
  // It is not what the kernel lost before one looked that may be missing.
  expect(listeningOf(record, null, 2_600)).toMatchObject({ holds: 'whole', wholeSince: 2_500 });
  record.end({ captured: 9, received: 9, dropped: 0 });
  expect(listeningOf(record, null, 2_600)).toMatchObject({ holds: 'lost', wholeSince: null });
});

it('a node’s clock is as far behind as the quickest of its sayings, and unknown where it was set or they are held up', () => {
  const clock = new NodeClock();
  expect(clock.behind).toBeNull();
  for (const [second, late] of [
    [100, 90],
    [101, 20],
    [102, 400],
  ] as const)
    clock.told({ nodeTime: { s: second, ns: 500_000_000 } }, second * 1000 + 500 + 7_000 + late);
  expect(clock.behind).toBe(7_020);
  clock.told({ nodeTime: { s: 103, ns: 0 } }, 103_000 + 7_000 + 2_500);
  expect(clock.behind).toBeNull();
  clock.told({ nodeTime: { s: 104, ns: 0 } }, 104_000 + 7_000 + 30);
  expect(clock.behind).toBe(7_020);
  clock.told({ nodeTime: { s: 110, ns: 0 } }, 105_000 + 7_000);
  clock.told({ nodeTime: { s: 111, ns: 0 } }, 106_000 + 7_000);
  expect(clock.behind).toBeNull();
});
