import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { jsonPieces } from './json-pieces.ts';

describe('JSON in pieces', () => {
  it('is the JSON that JSON.stringify writes, at any depth', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, depth) => {
        expect(JSON.parse([...jsonPieces(value, depth)].join(''))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: runs(200) },
    );
  });

  it('leaves undefined members out and keeps places in lists', () => {
    expect(JSON.parse([...jsonPieces({ a: undefined, b: [undefined, 1] }, 3)].join(''))).toEqual({
      b: [null, 1],
    });
  });

  it('has no piece longer than what lies below its depth', () => {
    const routes = Array.from({ length: 1000 }, (_, n) => ({ dst: `10.0.0.${n}` }));
    const lengths = [...jsonPieces({ namespaces: [{ routes }] }, 4)].map((piece) => piece.length);
    expect(Math.max(...lengths)).toBeLessThan(40);
  });
});
