import { expect, it } from 'vitest';
import { spread } from './vitest-order.mjs';

it('spreads what waits over the first part of what computes, and loses nothing', () => {
  expect(spread(['a', 'b'], [1, 2, 3, 4, 5])).toEqual(['a', 1, 2, 'b', 3, 4, 5]);
  expect(spread(['a', 'b', 'c'], [1])).toEqual(['a', 'b', 1, 'c']);
  expect(spread([], [1, 2])).toEqual([1, 2]);
  expect(spread(['a'], [])).toEqual(['a']);
});
