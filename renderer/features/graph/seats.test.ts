import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeSeats } from './seats.ts';

describe('takeSeats', () => {
  it('gives seats in order, and folds who finds none', () => {
    expect(takeSeats([], ['a', 'b', 'c'], 2, [])).toEqual({ seats: ['a', 'b'], folded: ['c'] });
  });
  it('leaves everybody where they sat and fills the hole with the newcomer', () => {
    expect(takeSeats(['a', 'b', 'c'], ['a', 'c', 'd'], 3, []).seats).toEqual(['a', 'd', 'c']);
  });
  it('keeps a hole rather than move anybody', () => {
    expect(takeSeats(['a', 'b', 'c'], ['a', 'c'], 3, []).seats).toEqual(['a', null, 'c']);
  });
  it('shows the pinned one even when seats are short', () => {
    expect(takeSeats(['a', 'b'], ['a', 'b', 'z'], 2, ['z'])).toEqual({ seats: ['a', 'z'], folded: ['b'] });
  });
  it('seats those in trouble first, from the last seat of the others on, and leaves the rest where they sit', () => {
    expect(takeSeats(['a', 'b', 'c'], ['a', 'b', 'c', 'y', 'z'], 3, ['z', 'y']).seats).toEqual([
      'a',
      'y',
      'z',
    ]);
    expect(takeSeats(['a', 'y', 'z'], ['a', 'b', 'c', 'y', 'z'], 3, []).seats).toEqual(['a', 'y', 'z']);
  });
  it('seats the best of the pinned where even they are too many', () => {
    expect(takeSeats(['x', 'y'], ['w', 'x', 'y', 'z'], 2, ['w', 'x', 'y', 'z'])).toEqual({
      seats: ['x', 'w'],
      folded: ['y', 'z'],
    });
  });

  const names = fc.uniqueArray(fc.constantFrom(...Array.from('abcdefghijklmnop')), { maxLength: 16 });
  it('shows the pinned as far as there are seats, whoever sat there', () => {
    fc.assert(
      fc.property(names, names, names, fc.integer({ min: 1, max: 12 }), (before, after, pinned, limit) => {
        const first = takeSeats([], before, limit, []);
        const { seats, folded } = takeSeats(first.seats, after, limit, pinned);
        for (const id of pinned.filter((each) => after.includes(each)).slice(0, limit))
          expect(seats).toContain(id);
        const seated = seats.filter((id) => id !== null);
        expect([...seated, ...folded].toSorted()).toEqual(after.toSorted());
        expect(seats.length).toBeLessThanOrEqual(limit);
        expect(takeSeats(seats, after, limit, pinned)).toEqual({ seats, folded });
      }),
    );
  });
  it('never moves, doubles or loses anybody', () => {
    fc.assert(
      fc.property(names, names, fc.integer({ min: 1, max: 12 }), (before, after, limit) => {
        const first = takeSeats([], before, limit, []);
        const second = takeSeats(first.seats, after, limit, []);
        const seated = second.seats.filter((id) => id !== null);
        expect(new Set(seated).size).toBe(seated.length);
        expect(second.seats.length).toBeLessThanOrEqual(limit);
        expect(seated.length + second.folded.length).toBe(after.length);
        expect(seated.length).toBe(Math.min(limit, after.length));
        for (const [seat, id] of first.seats.entries())
          if (id !== null && after.includes(id)) expect(second.seats[seat]).toBe(id);
        expect(takeSeats(second.seats, after, limit, [])).toEqual(second);
      }),
    );
  });
});
