import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

const BAD = '\uFFFD';

describe('plain text', () => {
  it.each([
    ['an escape sequence', '\u001b[2Jgone', `${BAD}[2Jgone`],
    ['newline, tab, return and NUL', 'a\nb\tc\rd\0', `a${BAD}b${BAD}c${BAD}d${BAD}`],
    ['DEL and C1 (a one-byte CSI)', '\u007f\u009b31m', `${BAD}${BAD}31m`],
    ['bidi overrides and isolates', '\u202etxt.exe\u2066\u2069\u061c', `${BAD}txt.exe${BAD}${BAD}${BAD}`],
    ['what has no width', 'a\u200bb\ufeffc\u00add', `a${BAD}b${BAD}c${BAD}d`],
    ['line and paragraph separators', 'a\u2028b\u2029', `a${BAD}b${BAD}`],
    ['format controls beyond the first plane', '\u{e0041}', BAD],
  ])('replaces %s', (_what, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  it('keeps every other character', () => {
    for (const text of ['', 'k8s-master', 'größer – “ja”', '節点', '😀', BAD])
      expect(plainText(text)).toBe(text);
  });

  it('leaves nothing to replace, and nothing out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const plain = plainText(text);
        expect(plain).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        expect(Array.from(plain)).toHaveLength(Array.from(text).length);
        expect(plainText(plain)).toBe(plain);
      }),
    );
  });
});
