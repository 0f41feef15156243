import { expect, it } from 'vitest';
import { createSteadyOrder } from './steady-order.ts';

const rows = (...ids: number[]): { id: number }[] => ids.map((id) => ({ id }));
const ids = (of: readonly { id: number }[]): number[] => of.map(({ id }) => id);

it('rows change places every few seconds at most; what is new waits at the end, what is gone leaves', () => {
  const order = createSteadyOrder();
  expect(ids(order(rows(3, 2, 1), 10_000, false))).toEqual([3, 2, 1]);
  expect(ids(order(rows(1, 5, 3, 4), 12_900, false))).toEqual([3, 1, 5, 4]);
  expect(ids(order(rows(1, 5, 3, 4), 13_000, false))).toEqual([1, 5, 3, 4]);
});

it('and never while somebody points at one', () => {
  const order = createSteadyOrder();
  order(rows(2, 1), 10_000, false);
  expect(ids(order(rows(1, 2), 60_000, true))).toEqual([2, 1]);
  expect(ids(order(rows(1, 2), 60_001, false))).toEqual([1, 2]);
});
