import { describe, expect, it } from 'vitest';
import { crashesTooOften } from './recovery.ts';

describe('crashesTooOften', () => {
  it('gives up on the fourth crash within a minute, not on four in a day', () => {
    expect(crashesTooOften([], 0)).toBe(false);
    expect(crashesTooOften([0, 1_000], 2_000)).toBe(false);
    expect(crashesTooOften([0, 1_000, 2_000], 3_000)).toBe(true);
    expect(crashesTooOften([0, 1_000, 2_000], 61_500)).toBe(false);
    expect(crashesTooOften([0, 3_600_000, 7_200_000], 10_800_000)).toBe(false);
  });
});
