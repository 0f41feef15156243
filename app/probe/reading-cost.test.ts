import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { readingCost } from './reading-cost.ts';

it.each([
  ['dash', '0m0.000000s 0m0.010000s\n0m0.030000s 0m0.020000s\n', 60],
  ['bash', '0m0.003s 0m0.002s\n1m0.018s 0m0.009s\n', 60_032],
])('the times of %s are the node’s CPU', (_shell, times, cpuMs) => {
  const read = readingCost(`parts bird counters\n${times}`, []);
  expect(read).toEqual({ ok: true, value: { parts: ['bird', 'counters'], cpuMs, sections: [] } });
});

it('any other text is no cost, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readingCost(text, []).ok).toBe(false);
    }),
    { numRuns: runs(100) },
  );
});
