import { expect, it } from 'vitest';
import { exactText, sinceStart } from './packet-time.ts';

it('seconds with µs since the start, before it too when the clocks disagree', () => {
  expect(sinceStart({ s: 1_764_000_012, ns: 345_678_901 }, 1_764_000_000_000)).toBe('12.345678');
  expect(sinceStart({ s: 1_764_000_012, ns: 45_678_901 }, 1_764_000_000_250)).toBe('11.795678');
  expect(sinceStart({ s: 1_763_999_999, ns: 997_900_000 }, 1_764_000_000_000)).toBe('−0.002100');
});

it('the exact time keeps its nanoseconds', () => {
  expect(exactText({ s: 1_764_000_000, ns: 12 })).toBe('2025-11-24 16:00:00.000000012 UTC');
});
