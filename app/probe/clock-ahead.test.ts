import { expect, it } from 'vitest';
import { clockAheadS } from './clock-ahead.ts';

const head = (s: number | null, seenAt: number) => ({
  at: s === null ? null : { s, ns: 500_000_000 },
  seenAt,
});

it('is told by the last section of the latest reading, however long that took, and by none that has no time', () => {
  expect(clockAheadS([head(100, 97_000), head(203, 204_000), head(200, 204_000), head(null, 300_000)])).toBe(
    -0.5,
  );
  expect(clockAheadS([head(null, 1)])).toBeNull();
});
