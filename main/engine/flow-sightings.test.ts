import { expect, it } from 'vitest';
import { noLoss, noWatch, type WatchView } from '../../app/contract/watch.ts';
import type { FlowCount, SoughtFlow } from '../../app/packet/store/flow-counts.ts';
import { CaptureRecord } from './capture-record.ts';
import { FlowSightings } from './flow-sightings.ts';
import { listeningOf } from './listening-of.ts';

const flow: SoughtFlow = {
  protocol: 17,
  source: 'fd00::1',
  destination: 'fd00::2',
  sourcePort: null,
  destinationPort: 53,
  icmpType: null,
};
const at = { s: 5, ns: 0 };
const counted: FlowCount = { flow: 0, captureId: 1, ifindex: 2, way: 'in', packets: 2, first: at, last: at };

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
  const counts = { kind: 'count' as const, counts: [counted], whole: true };
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
    pass: (ms: number) => (now += ms),
    of: (asked: number, changed: Partial<WatchView> = {}) =>
      sightings.of({ ...run, view: { ...view, ...changed } }, { asked, flows: [flow] }),
  };
}

it('counts from when all captures have begun, and goes on with the same question', async () => {
  const watch = started();
  expect(await watch.of(1)).toMatchObject({ since: null, sightings: [] });
  watch.pass(400);
  const running = watch.run.view.captures.map((one) => ({ ...one, state: 'running' as const }));
  expect(await watch.of(1, { captures: running })).toMatchObject({
    since: 1_400,
    whole: true,
    sightings: [{ interfaceId: 'a/ens1', way: 'in', packets: 2 }],
  });
  const more = { captures: running, packets: { total: 20, kept: 20, bytes: 0 } };
  expect(await watch.of(1, more)).toMatchObject({ since: 1_400 });
  watch.pass(600);
  expect(await watch.of(2, more)).toMatchObject({ since: 2_000 });
  expect(watch.asked).toEqual([8, 8, 21]);
});

it('does not wait for ever for a capture that does not begin; a packet at an unknown interface may be the missing one', async () => {
  const watch = started();
  watch.pass(5_000);
  const points = watch.run.view.vantagePoints.map((one) => ({ ...one, interfaceId: null }));
  expect(await watch.of(1, { vantagePoints: points })).toMatchObject({
    since: 6_000,
    whole: false,
    sightings: [],
  });
});

it('a capture holds what passes there while it runs, from before counting began, and nothing is lost', () => {
  const plan = {
    nodeLabel: 'a',
    netnsId: 'ns:a',
    pod: null,
    device: null,
    snaplen: 128,
    addresses: ['fd00::1'],
  };
  const record = new CaptureRecord(1, plan, 1_000);
  expect(listeningOf(record, null, 2_000).holds).toBe('ended');
  record.tell('running', null, 1_500);
  expect(listeningOf(record, null, 2_000)).toMatchObject({ holds: 'whole', addresses: ['fd00::1'] });
  expect(listeningOf(record, 'port 53', 2_000).addresses).toBeNull();
  expect(listeningOf(record, null, 1_400).holds).toBe('began-later');
  record.end({ captured: 9, received: 9, dropped: 0 });
  expect(listeningOf(record, null, 2_000).holds).toBe('lost');
});
