import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { Watermark } from './watermark.ts';

it('is the newest tick whose packets are all decoded', () => {
  const mark = new Watermark();
  expect(mark.at).toBeNull();
  mark.tick({ s: 1, ns: 0 }, 0);
  expect(mark.at).toEqual({ s: 1, ns: 0 });
  mark.tick({ s: 2, ns: 0 }, 10);
  mark.tick({ s: 3, ns: 0 }, 20);
  mark.decoded(9);
  expect(mark.at?.s).toBe(1);
  mark.decoded(10);
  expect(mark.at?.s).toBe(2);
  mark.decoded(25);
  mark.tick({ s: 4, ns: 0 }, 25);
  expect(mark.at?.s).toBe(4);
});

it('never passes a packet that is not decoded, never goes back, and keeps little, whatever comes in whatever order', () => {
  const step = fc.oneof(
    fc.record({ arrive: fc.nat(50) }),
    fc.record({ decode: fc.nat(50) }),
    fc.constant('tick' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const mark = new Watermark();
      let [arrived, decoded, second, before] = [0, 0, 0, -1];
      const arrivedBy = new Map<number, number>();
      for (const one of steps) {
        if (one === 'tick') {
          arrivedBy.set(++second, arrived);
          mark.tick({ s: second, ns: 0 }, arrived);
        } else if ('arrive' in one) arrived += one.arrive;
        else mark.decoded((decoded = Math.min(arrived, decoded + one.decode)));
        const at = mark.at?.s ?? -1;
        expect(at).toBeGreaterThanOrEqual(before);
        if (at >= 0) expect(arrivedBy.get(at)).toBeLessThanOrEqual(decoded);
        before = at;
      }
      mark.decoded(arrived);
      expect(mark.at?.s).toBe(second === 0 ? undefined : second);
    }),
    { numRuns: runs(100) },
  );
});
