import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../../../app/testing/runs.ts';
import { placeOn, wayAlong } from './way.ts';

function at(way: ReturnType<typeof wayAlong>, share: number): { x: number; y: number } {
  const out = { x: NaN, y: NaN };
  placeOn(way, share, out);
  return out;
}

it('keeps to the right of its line, so that what comes and what goes pass each other', () => {
  const down = wayAlong([
    [
      { x: 0, y: 0 },
      { x: 0, y: 100 },
    ],
  ]);
  const up = wayAlong([
    [
      { x: 0, y: 100 },
      { x: 0, y: 0 },
    ],
  ]);
  // y points down: to the right of "down" is the left of the screen.
  expect(at(down, 0.5).x).toBeLessThan(0);
  expect(at(up, 0.5).x).toBe(-at(down, 0.5).x);
  expect([at(down, 0).y, at(down, 0.25).y, at(down, 1).y]).toEqual([0, 25, 100]);
});

it('jumps from leg to leg and shares the time by length', () => {
  const way = wayAlong([
    [
      { x: 0, y: 0 },
      { x: 0, y: 30 },
    ],
    [
      { x: 0, y: 60 },
      { x: 0, y: 70 },
    ],
  ]);
  expect(way.length).toBe(40);
  expect([at(way, 0.5).y, at(way, 0.75).y, at(way, 0.875).y]).toEqual([20, 30, 65]);
});

it('a leg of one point is a place', () => {
  const place = wayAlong([[{ x: 4, y: 5 }]]);
  expect([place.length, at(place, 0), at(place, 1)]).toEqual([0, { x: 4, y: 5 }, { x: 4, y: 5 }]);
});

it('is never far from the line, whatever its corners', () => {
  const point = fc.record({
    x: fc.integer({ min: -500, max: 500 }),
    y: fc.integer({ min: -500, max: 500 }),
  });
  fc.assert(
    fc.property(
      fc.array(point, { minLength: 1, maxLength: 6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (points, share) => {
        const way = wayAlong([points]);
        const { x, y } = at(way, share);
        const near = points.some((from, index) => distance(from, points[index + 1] ?? from, { x, y }) < 8);
        expect(near).toBe(true);
      },
    ),
    { numRuns: runs(200) },
  );
});

interface Point {
  readonly x: number;
  readonly y: number;
}

function distance(from: Point, to: Point, { x, y }: Point): number {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const square = dx * dx + dy * dy;
  const share = square === 0 ? 0 : Math.max(0, Math.min(1, ((x - from.x) * dx + (y - from.y) * dy) / square));
  return Math.hypot(x - from.x - share * dx, y - from.y - share * dy);
}
