import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { addressText, isUnspecified, parseAddress, sameAddress } from './address.ts';

const word = fc.oneof(fc.constant(0), fc.nat(0xffffffff));

describe('addresses as text', () => {
  it('are read back as they were', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(word), fc.tuple(word, word, word, word)), (words) => {
        const address = { family: words.length === 1 ? 4 : 6, words: Uint32Array.from(words) } as const;
        const text = addressText(address);
        const read = parseAddress(text);
        expect(read !== null && sameAddress(read, address), text).toBe(true);
        expect(isUnspecified(address)).toBe(text === '0.0.0.0' || text === '::');
      }),
      { numRuns: runs(100) },
    );
  });

  it.each(['10.96.0.10', '255.255.255.255', 'fd00::1:0:0:2', '::1', 'fe80::ecee:eeff:feee:eeee'])(
    '%s is printed as ip prints it',
    (text) => {
      const address = parseAddress(text);
      expect(address === null ? null : addressText(address)).toBe(text);
    },
  );
});
