import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Highlight } from '../../../app/contract/watch.ts';
import { runs } from '../../../app/testing/runs.ts';
import { FLOW_RATE, GLOW_MS, MOST_DOTS, Motion, TRAVEL_MS } from './motion.ts';
import type { Track } from './tracks.ts';
import { wayAlong } from './way.ts';

const way = wayAlong([
  [
    { x: 0, y: 0 },
    { x: 0, y: 50 },
  ],
]);

function track(inboundIsAway: boolean, order: number): Track {
  return { inbound: way, outbound: way, inboundIsAway, order };
}

function streams(motion: Motion, now: number): number {
  return [...motion.lanes].filter((lane) => lane.flowUntil > now).length;
}

const tracks = new Map([
  ['pod', track(false, 0)],
  ['host', track(true, 1)],
]);

function highlight(interfaceId: string, inbound: number, outbound: number, refused = 0): Highlight {
  return { interfaceId, inbound, outbound, refused };
}

it('a few packets are a dot each, one after the other, and stand for all of them', () => {
  const motion = new Motion();
  motion.add([highlight('host', 2, 0)], 1000, tracks);
  expect(motion.dots.map(({ weight, refused, lane }) => [weight, refused, lane.away])).toEqual([
    [1, false, true],
    [1, false, true],
  ]);
  const [first, second] = motion.dots;
  expect(second?.start).toBeGreaterThan(first?.start ?? Infinity);
});

it('packets that come closer than dots may are in the next one, which sets out by itself', () => {
  const motion = new Motion();
  motion.add([highlight('pod', 0, 1)], 1_000, tracks);
  for (const at of [1_020, 1_040, 1_060])
    motion.add([highlight('pod', 0, 1, at === 1_040 ? 1 : 0)], at, tracks);
  motion.advance(1_100);
  expect(motion.dots).toHaveLength(1);
  motion.advance(1_130);
  expect(motion.dots.map(({ start, weight, refused }) => [start, weight, refused])).toEqual([
    [1_000, 1, false],
    [1_125, 3, true],
  ]);
  // Nothing else is to come.
  motion.advance(1_500);
  expect(motion.dots).toHaveLength(1);
  motion.advance(1_625 + GLOW_MS);
  expect(motion.idle).toBe(true);
});

it('with many lines each has its share of the dots', () => {
  const motion = new Motion();
  const many = Array.from({ length: 150 }, (_, at) => String(at));
  const lines = new Map(many.map((id) => [id, track(true, 3)]));
  for (let now = 0; now < 3_000; now += 17) {
    motion.add(
      many.map((id) => highlight(id, 1, 0)),
      now,
      lines,
    );
    motion.advance(now);
  }
  const lit = new Set(motion.dots.map(({ lane }) => lane.interfaceId));
  expect(lit.size).toBe(150);
});

it('a packet is drawn at the Pod before it is drawn at the next interface, and an answer the other way round', () => {
  const motion = new Motion();
  motion.add([highlight('host', 1, 1), highlight('pod', 1, 1)], 0, tracks);
  const start = (id: string, away: boolean): number =>
    motion.dots.find(({ lane }) => lane.interfaceId === id && lane.away === away)?.start ?? NaN;
  expect(start('pod', true)).toBeLessThan(start('host', true));
  expect(start('pod', false)).toBeGreaterThan(start('host', false));
});

it('refusals go back to the one who asked', () => {
  const motion = new Motion();
  motion.add([highlight('host', 1, 1, 1)], 0, tracks);
  expect(motion.dots.map(({ refused, lane }) => [lane.away, refused])).toEqual([
    [true, false],
    [false, true],
  ]);
});

it('too many to be told apart are a stream, which ends by itself and leaves the line lit for a while', () => {
  const motion = new Motion();
  motion.add([highlight('host', FLOW_RATE * 10, 0)], 0, tracks);
  expect([motion.dots.length, streams(motion, 0)]).toEqual([0, 1]);
  motion.advance(1_000 - 1);
  expect(streams(motion, 999)).toBe(0);
  motion.advance(1_000 + GLOW_MS);
  expect(motion.idle).toBe(true);
});

it('what no track leads to is not drawn', () => {
  const motion = new Motion();
  motion.add([highlight('elsewhere', 5, 5)], 0, tracks);
  expect([motion.dots.length, motion.idle]).toEqual([0, true]);
});

it('is bounded, and dark in the end, whatever it is told', () => {
  const told = fc.record({
    after: fc.integer({ min: 0, max: 400 }),
    id: fc.constantFrom('pod', 'host'),
    inbound: fc.nat(1_000),
    outbound: fc.nat(1_000),
    refused: fc.nat(2_000),
  });
  fc.assert(
    fc.property(fc.array(told, { maxLength: 80 }), (messages) => {
      const motion = new Motion();
      let now = 0;
      for (const { after, id, inbound, outbound, refused } of messages) {
        now += after;
        motion.add([highlight(id, inbound, outbound, refused)], now, tracks);
        motion.advance(now);
        expect(motion.dots.length).toBeLessThanOrEqual(MOST_DOTS);
        for (const dot of motion.dots) {
          expect(dot.weight).toBeGreaterThanOrEqual(1);
          expect(dot.start + TRAVEL_MS).toBeLessThanOrEqual(dot.lane.movingUntil);
        }
      }
      motion.advance(now + 10_000);
      expect([motion.dots.length, motion.idle]).toEqual([0, true]);
    }),
    { numRuns: runs(200) },
  );
});

it('what turned out to be another interface’s lights nothing, whatever comes with it', () => {
  const motion = new Motion();
  motion.add([highlight('host', -3, 0), highlight('pod', -1, 2, -1)], 1000, tracks);
  expect([...motion.lanes].map(({ interfaceId, inbound }) => [interfaceId, inbound])).toEqual([
    ['pod', false],
  ]);
  expect(motion.dots.map(({ weight, refused }) => [weight, refused])).toEqual([
    [1, false],
    [1, false],
  ]);
});
