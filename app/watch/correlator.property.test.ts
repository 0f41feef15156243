// The correlator against the truth of a simulated network: nothing that it says at the end is untrue, and it says the same whatever the order in
// which captures deliver.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { shapes, translations } from './testing/network.ts';
import { eventKinds, happen, type Scenario } from './testing/traffic.ts';
import { contentOf, untrue } from './testing/truth.ts';
import { watch, type CaptureFate, type Watch } from './testing/watched.ts';

const event = fc.record({
  kind: fc.constantFrom(...eventKinds),
  gap: fc.oneof(fc.constantFrom(3, 30, 300), fc.constantFrom(3, 1200, 4000)),
  direction: fc.constantFrom(0 as const, 1 as const),
  count: fc.integer({ min: 1, max: 10 }),
  lost: fc.integer({ min: 0, max: 12 }),
  lostAfter: fc.double({ min: 0, max: 0.99, noNaN: true }),
});

const scenario: fc.Arbitrary<Scenario> = fc.record({
  shape: fc.constantFrom(...shapes),
  translation: fc.constantFrom(...translations),
  events: fc.array(event, { minLength: 1, maxLength: 14 }),
  timestamps: fc.boolean(),
  firstSequence: fc.constantFrom(1000, 0xffff_fe00, 0x1_fe50),
  cutAt: fc.constantFrom(0, 0.3, 0.5, 1),
  mergedAt: fc.constantFrom(0.5, 0.7, 1),
  ids: fc.constantFrom('zero' as const, 'counting' as const, 'wrapping' as const),
  // Two hops within a microsecond happen, three do not.
  delays: fc
    .array(fc.tuple(fc.constantFrom(0, 2, 60), fc.constantFrom(3, 40, 90)), { minLength: 1, maxLength: 3 })
    .map((pairs) => pairs.flat()),
});

const turns = fc.array(
  fc.record({ place: fc.nat(3), items: fc.constantFrom(1, 7, 40), looks: fc.boolean() }),
  { maxLength: 60 },
);
const whole: CaptureFate = { from: 0, until: Infinity, loses: 0 };
const fate: fc.Arbitrary<CaptureFate> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(whole) },
  fc.record({ from: fc.constant(0), until: fc.constant(Infinity), loses: fc.constantFrom(3, 20) }),
  fc.record({ from: fc.constantFrom(0, 3), until: fc.constantFrom(4, 9, Infinity), loses: fc.constant(0) }),
);
const clocks = fc.record({
  ahead: fc.constantFrom(0, 300_000_000, -300_000_000),
  aheadIsKnown: fc.boolean(),
  foretold: fc.boolean(),
});

const healthy: fc.Arbitrary<Watch> = fc.record({
  fates: fc.constant([whole, whole, whole, whole]),
  turns,
  ahead: fc.constantFrom(0, 300_000_000, -300_000_000),
  aheadIsKnown: fc.boolean(),
  foretold: fc.constant(true),
});
const unwell: fc.Arbitrary<Watch> = fc
  .tuple(fc.tuple(fate, fate, fate, fate), turns, clocks)
  .map(([fates, drawn, rest]) => ({ fates, turns: drawn, ...rest }));

describe('what is said of packets', () => {
  it('is true and all that can be known, where every capture saw everything', () => {
    fc.assert(
      fc.property(scenario, healthy, (drawn, watched) => {
        const happened = happen(drawn);
        expect(untrue(happened, watched, watch(happened, watched))).toEqual([]);
      }),
      { numRuns: runs(15) },
    );
  });

  it('is true where captures lose packets, begin late and end early', () => {
    fc.assert(
      fc.property(scenario, unwell, (drawn, watched) => {
        const happened = happen(drawn);
        expect(untrue(happened, watched, watch(happened, watched))).toEqual([]);
      }),
      { numRuns: runs(15) },
    );
  });

  it('is the same whatever the interleaving, the delay and the split of batches', () => {
    fc.assert(
      fc.property(scenario, unwell, turns, (drawn, watched, other) => {
        const happened = happen(drawn);
        const one = contentOf(watch(happened, watched));
        expect(contentOf(watch(happened, { ...watched, turns: other }))).toEqual(one);
      }),
      { numRuns: runs(15) },
    );
  });
});
