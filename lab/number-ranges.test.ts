import { expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '../app/testing/runs.ts';
import { countOf, type NumberRanges, union, without } from './number-ranges.ts';

const numbers = fc.uniqueArray(fc.nat(40));

function rangesOf(list: readonly number[]): NumberRanges {
  return union(list.map((number) => [[number, number]]));
}

function numbersOf(ranges: NumberRanges): number[] {
  return ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, n) => first + n));
}

it('says of ranges what it would say of the numbers one by one', () => {
  fc.assert(
    fc.property(numbers, numbers, (one, other) => {
      const ascending = (list: Iterable<number>) => [...list].sort((a, b) => a - b);
      const [a, b] = [rangesOf(one), rangesOf(other)];
      expect(numbersOf(a)).toEqual(ascending(one));
      expect(countOf(a)).toBe(one.length);
      expect(numbersOf(union([a, b]))).toEqual(ascending(new Set([...one, ...other])));
      expect(numbersOf(without(a, b))).toEqual(ascending(one.filter((number) => !other.includes(number))));
    }),
    { numRuns: runs(100) },
  );
});
