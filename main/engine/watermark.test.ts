import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { Watermark } from './watermark.ts';

it('is the newest tick whose packets are all decoded', () => {
  const mark = new Watermark();
  expect(mark.at).toBeNull();
  mark.tick({ s: 1, ns: 0 }, 0, true);
  expect(mark.at).toEqual({ s: 1, ns: 0 });
  mark.tick({ s: 2, ns: 0 }, 10, true);
  mark.tick({ s: 3, ns: 0 }, 20, true);
  mark.decoded(9, null);
  expect(mark.at?.s).toBe(1);
  mark.decoded(10, null);
  expect(mark.at?.s).toBe(2);
  mark.decoded(25, null);
  mark.tick({ s: 4, ns: 0 }, 25, true);
  expect(mark.at?.s).toBe(4);
});

it('knows what the kernel had dropped until then, whatever it has dropped since', () => {
  const mark = new Watermark();
  mark.tick({ s: 1, ns: 0 }, 0, true, 0);
  mark.tick({ s: 2, ns: 0 }, 10, true, 0);
  mark.tick({ s: 3, ns: 0 }, 20, true, 500);
  mark.decoded(10, null);
  expect([mark.at?.s, mark.dropped]).toEqual([2, 0]);
  mark.decoded(20, null);
  expect([mark.at?.s, mark.dropped]).toEqual([3, 500]);
});

it('waits for a later packet where the number is not sure, or for a tick that is', () => {
  const mark = new Watermark();
  mark.tick({ s: 1, ns: 0 }, 5, false);
  mark.decoded(5, { s: 0, ns: 999_999_999 });
  expect(mark.at).toBeNull();
  mark.decoded(5, { s: 1, ns: 1_000_000 });
  expect(mark.at).toBeNull();
  mark.decoded(6, { s: 1, ns: 10_000_000 });
  expect(mark.at?.s).toBe(1);
  mark.tick({ s: 2, ns: 0 }, 6, false);
  mark.tick({ s: 3, ns: 0 }, 6, true);
  expect(mark.at?.s).toBe(3);
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
          mark.tick({ s: second, ns: 0 }, arrived, true);
        } else if ('arrive' in one) arrived += one.arrive;
        else mark.decoded((decoded = Math.min(arrived, decoded + one.decode)), null);
        const at = mark.at?.s ?? -1;
        expect(at).toBeGreaterThanOrEqual(before);
        if (at >= 0) expect(arrivedBy.get(at)).toBeLessThanOrEqual(decoded);
        before = at;
      }
      mark.decoded(arrived, null);
      expect(mark.at?.s).toBe(second === 0 ? undefined : second);
    }),
    { numRuns: runs(100) },
  );
});
