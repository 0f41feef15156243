import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeSeats } from './seats.ts';

describe('takeSeats', () => {
  it('gives seats in order, and folds who finds none', () => {
    expect(takeSeats([], ['a', 'b', 'c'], 2, null)).toEqual({ seats: ['a', 'b'], folded: 1 });
  });
  it('leaves everybody where they sat and fills the hole with the newcomer', () => {
    expect(takeSeats(['a', 'b', 'c'], ['a', 'c', 'd'], 3, null).seats).toEqual(['a', 'd', 'c']);
  });
  it('keeps a hole rather than move anybody', () => {
    expect(takeSeats(['a', 'b', 'c'], ['a', 'c'], 3, null).seats).toEqual(['a', null, 'c']);
  });
  it('shows the pinned one even when seats are short', () => {
    expect(takeSeats(['a', 'b'], ['a', 'b', 'z'], 2, 'z')).toEqual({ seats: ['a', 'z'], folded: 1 });
  });

  const names = fc.uniqueArray(fc.constantFrom(...Array.from('abcdefghijklmnop')), { maxLength: 16 });
  it('never moves, doubles or loses anybody', () => {
    fc.assert(
      fc.property(names, names, fc.integer({ min: 1, max: 12 }), (before, after, limit) => {
        const first = takeSeats([], before, limit, null);
        const second = takeSeats(first.seats, after, limit, null);
        const seated = second.seats.filter((id) => id !== null);
        expect(new Set(seated).size).toBe(seated.length);
        expect(second.seats.length).toBeLessThanOrEqual(limit);
        expect(seated.length + second.folded).toBe(after.length);
        expect(seated.length).toBe(Math.min(limit, after.length));
        for (const [seat, id] of first.seats.entries())
          if (id !== null && after.includes(id)) expect(second.seats[seat]).toBe(id);
        expect(takeSeats(second.seats, after, limit, null)).toEqual(second);
      }),
    );
  });
});
