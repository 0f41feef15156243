// What a node's seconds say of its clock, against a clock that is known.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { NodeClock } from './node-clock.ts';

const ASKED = 1_700_000_000_000;

it('what is known of how far a clock is behind holds, however late it is told, and when the clock is set', () => {
  const second = fc.record({
    // ms that date(1) and the way here take, and by how much the clock is set before it.
    took: fc.nat(300),
    late: fc.nat(1_500),
    set: fc.option(fc.integer({ min: -5_000, max: 5_000 }), { freq: 12 }),
  });
  let known = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: -4_000, max: 4_000 }),
      fc.nat(3_000),
      fc.array(second, { minLength: 1, maxLength: 20 }),
      (ahead, starts, seconds) => {
        const clock = new NodeClock();
        clock.asked(ASKED);
        let [behind, seen] = [-ahead, ASKED];
        for (const [index, { took, late, set }] of seconds.entries()) {
          // Where nothing of it was told before, it was so from the start.
          behind -= set ?? 0;
          const said = ASKED + starts + index * 1_000;
          const up = (at: number): number => Math.floor((at - ASKED) / 10 + 100_000) / 100;
          const time = said - behind;
          seen = Math.max(seen, said + late);
          clock.told(
            {
              nodeTime: { s: Math.floor(time / 1000), ns: (time % 1000) * 1e6 + 1 },
              uptime: { before: up(said - took), after: up(said + took) },
            },
            seen,
          );
          const { bounds } = clock;
          // Less than what both looks at its uptime leave open goes unnoticed.
          if (set !== null && Math.abs(set) < 700 && index > 0) return;
          if (bounds === null) continue;
          known += 1;
          expect(behind).toBeGreaterThanOrEqual(bounds.atLeast - 0.01);
          expect(behind).toBeLessThanOrEqual(bounds.atMost + 0.01);
        }
      },
    ),
    { numRuns: runs(100) },
  );
  expect(known).toBeGreaterThan(100);
});

it('is known from the first second on as well as its start was quick, and of whole seconds by a second less', () => {
  const clock = new NodeClock();
  clock.asked(ASKED);
  clock.told({ nodeTime: { s: ASKED / 1000 + 1, ns: 30_000_001 } }, ASKED + 80);
  const { atLeast, atMost } = clock.bounds ?? { atLeast: NaN, atMost: NaN };
  expect([atLeast, atMost].map(Math.round)).toEqual([-1_030, -950]);
  const coarse = new NodeClock();
  coarse.asked(ASKED);
  coarse.told({ nodeTime: { s: ASKED / 1000 + 1, ns: 0 } }, ASKED + 80);
  expect(coarse.bounds).toEqual({ atLeast: -2_000, atMost: -920 });
});
