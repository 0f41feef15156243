import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packetWindowSchema } from '../../../app/contract/watch.ts';
import { runs } from '../../../app/testing/runs.ts';
import { moved, ROW_HEIGHT, scaleOf, tailFor, topShowing, windowFor } from './row-scale.ts';

it('few rows: a pixel of the scroll bar is a pixel of the rows', () => {
  const scale = scaleOf(1_000, 220);
  expect([scale.height, scale.rowAt(ROW_HEIGHT * 7), scale.lastTop]).toEqual([
    1_000 * ROW_HEIGHT,
    7,
    1_000 - 10,
  ]);
  expect(scaleOf(3, 220).rowAt(0)).toBe(0);
});

it('whatever their number, the scroll bar is bounded, reaches both ends, and goes there and back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 50_000_000 }),
      fc.integer({ min: 22, max: 2_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (rows, viewport, share) => {
        const scale = scaleOf(rows, viewport);
        expect(scale.height).toBeLessThanOrEqual(16_000_000);
        const travel = Math.max(0, scale.height - viewport);
        expect(scale.rowAt(0)).toBe(0);
        expect(scale.rowAt(travel)).toBeCloseTo(scale.lastTop, 3);
        const row = share * scale.lastTop;
        expect(scale.rowAt(scale.topOf(row))).toBeCloseTo(row, 3);
        expect(scale.topOf(row)).toBeLessThanOrEqual(travel + 0.001);
      },
    ),
    { numRuns: runs(300) },
  );
});

it('what is asked for covers what is in sight and is a window that main takes', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1_000_000, noNaN: true }),
      fc.double({ min: 1, max: 120, noNaN: true }),
      (top, visible) => {
        const { from, count } = windowFor(top, visible);
        expect(from).toBeLessThanOrEqual(top);
        expect(from + count).toBeGreaterThanOrEqual(Math.ceil(top + visible));
        const window = { type: 'window', from, count, filter: '', until: null };
        expect(packetWindowSchema.safeParse(window).success).toBe(true);
        expect(tailFor(visible)).toBeGreaterThanOrEqual(visible);
      },
    ),
    { numRuns: runs(300) },
  );
});

it('keys lead from row to row and stay between the ends', () => {
  const rows = { first: 100, end: 200, top: 150.5 };
  expect(moved(null, 'down', 10, rows)).toBe(151);
  expect(moved(120, 'down', 10, rows)).toBe(121);
  expect(moved(100, 'up', 10, rows)).toBe(100);
  expect(moved(195, 'page-down', 10, rows)).toBe(199);
  expect(moved(50, 'up', 10, rows)).toBe(100);
  expect([moved(120, 'first', 10, rows), moved(120, 'last', 10, rows)]).toEqual([100, 199]);
  expect(moved(null, 'down', 10, { first: 7, end: 7, top: 7 })).toBeNull();
});

it('a row is brought into sight by the least movement', () => {
  expect(topShowing(5, 10, 8)).toBe(5);
  expect(topShowing(12, 10, 8)).toBe(10);
  expect(topShowing(20, 10, 8)).toBe(13);
});
