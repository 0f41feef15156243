import fc from 'fast-check';
import { expect, it } from 'vitest';
import { relativeTo } from './elements.ts';

const point = fc.record({ x: fc.integer({ min: -999, max: 999 }), y: fc.integer({ min: -999, max: 999 }) });

it('relativeTo gives back the point by the formula Cytoscape uses', () => {
  fc.assert(
    fc.property(point, point, point, (from, to, corner) => {
      fc.pre(from.x !== to.x || from.y !== to.y);
      const { weight, distance } = relativeTo(from, to, corner);
      const length = Math.hypot(to.x - from.x, to.y - from.y);
      // cytoscape's findSegmentsPoints: the point on the line, then off it by the inverted normal.
      const x = from.x * (1 - weight) + to.x * weight + (-(to.y - from.y) / length) * distance;
      const y = from.y * (1 - weight) + to.y * weight + ((to.x - from.x) / length) * distance;
      expect(x).toBeCloseTo(corner.x, 6);
      expect(y).toBeCloseTo(corner.y, 6);
    }),
  );
});

it('relativeTo survives a line without length', () => {
  expect(relativeTo({ x: 1, y: 1 }, { x: 1, y: 1 }, { x: 5, y: 5 })).toEqual({ weight: 0, distance: 0 });
});
