import { expect, it } from 'vitest';
import { isGood } from './moved-copy.ts';

it('a copy serves as long as it covers the view, near its own scale, of the same elements', () => {
  const elements: never[] = [];
  const copied = { elements, covered: { x1: -50, y1: -25, x2: 150, y2: 75 }, zoom: 1 };
  const seen = { x1: 0, y1: 0, x2: 100, y2: 50 };
  expect(isGood(copied, elements, seen, 1)).toBe(true);
  // Moved to its very edge, and beyond.
  expect(isGood(copied, elements, { ...seen, x1: -50, x2: 50 }, 1)).toBe(true);
  expect(isGood(copied, elements, { ...seen, x1: -51, x2: 49 }, 1)).toBe(false);
  expect(isGood(copied, elements, { ...seen, y1: 26, y2: 76 }, 1)).toBe(false);
  expect(isGood(copied, elements, { x1: 30, y1: 10, x2: 80, y2: 35 }, 1.5)).toBe(true);
  expect(isGood(copied, elements, { x1: 40, y1: 15, x2: 70, y2: 30 }, 1.7)).toBe(false);
  expect(isGood(copied, elements, { x1: 0, y1: 0, x2: 100, y2: 50 }, 0.6)).toBe(false);
  expect(isGood(copied, [], seen, 1)).toBe(false);
});
