import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { compilePattern } from './byte-pattern.ts';

function matches(source: string, bytes: string): boolean {
  const pattern = compilePattern(source);
  if (!pattern.ok) throw new Error(pattern.failure);
  return pattern.value.test(bytes);
}

describe('a pattern', () => {
  it.each([
    ['get', 'GET /', true],
    ['(?-i)get', 'GET /', false],
    ['g(?-i)et', 'Get', true],
    ['g(?-i:e)t', 'GeT', true],
    ['^b', 'ab', false],
    ['(?m)^b', 'a\nb', true],
    ['a$', 'ba\n', true],
    ['a\\z', 'ba\n', false],
    ['a\\Z', 'ba\n', true],
    ['a$', 'a\nb', false],
    ['(?m)a$', 'a\nb', true],
    ['a.b', 'a\nb', false],
    ['(?s)a.b', 'a\nb', true],
    ['\\bfoo\\b', 'a foo.', true],
    ['\\bfoo\\b', 'afoo', false],
    ['\\Bfoo', 'afoo', true],
    ['^$', '', true],
    ['[[:digit:]]{3}', 'a123', true],
    ['^[^a-c\\]]+$', 'xyz', true],
    ['^[^a-c\\]]+$', 'xyzB', false],
    ['[a\\-z]', '-', true],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{,3}$', 'a{,3}', true],
    ['\\x41\\x{42}\\103', 'ABC', true],
    ['\\d+\\.\\d+', '10.1', true],
    ['(foo|ba[rz])+quux', 'foobazquux', true],
    ['(?<name>a)(?:b)', 'ab', true],
    ['\u00c3\u00a9', 'caf\u00c3\u00a9', true],
  ])('%s in %j: %s', (source, bytes, expected) => {
    expect(matches(source, bytes)).toBe(expected);
  });

  it.each([
    ['(', 'without its )'],
    ['a)', 'without its ('],
    ['[a', 'without its ]'],
    ['*', 'repeats nothing'],
    ['a**', 'repeats a repetition'],
    ['a++', 'possessive'],
    ['(?=a)', 'ahead or behind'],
    ['(a)\\1', 'refers back'],
    ['\\p{L}', '\\p'],
    ['a{2000}', 'more than 1000'],
    ['a{3,1}', 'wrong way round'],
    ['(a{100}){100}', 'too long'],
    ['[z-a]', 'before its beginning'],
    ['[[:foo:]]', '[:foo:]'],
    ['a\\', 'backslash'],
    ['('.repeat(40), 'deep'],
  ])('%s is refused in a sentence', (source, words) => {
    const pattern = compilePattern(source);
    expect(pattern).toMatchObject({ ok: false });
    if (!pattern.ok) expect(pattern.failure).toContain(words);
  });

  it('agrees with the platform’s own where both mean the same', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '\\b', '^', '1', '(?:)');
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        atom,
        fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => left + right),
        fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => `(?:${left}|${right})`),
        fc
          .tuple(tie('tree'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '*?'))
          .map(([of, times]) => `(?:${of})${times}`),
      ),
    }));
    const text = fc
      .array(fc.constantFrom('a', 'b', 'A', '1', ' ', '_', '\n'), { maxLength: 8 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(tree, text, (source, bytes) => {
        expect(matches(source, bytes)).toBe(new RegExp(source, 'i').test(bytes));
      }),
      { numRuns: runs(2000) },
    );
  });

  it('takes one look at each byte, whatever it says', () => {
    const long = 'a'.repeat(60_000);
    // A backtracking matcher would not come back from any of these.
    for (const source of ['(a*)*b', '(a|a)*b', '(a|aa)+$b', '.*.*.*.*.*.*b', '(.*a){12}b', '(x+x+)+y'])
      expect(matches(source, long)).toBe(false);
  });

  it('of nothing, repeated in itself, is made in an instant', () => {
    // Written out, each would have 1000 to the sixth steps of no length.
    for (const nothing of ['()', '(?:a{0})', '(|)'])
      for (const times of ['{1000}', '{0,1000}', '{500,1000}']) {
        const source = Array.from({ length: 6 }).reduce<string>((inner) => `(${inner}${times})`, nothing);
        const pattern = compilePattern(source);
        if (pattern.ok) expect(pattern.value.test('a')).toBe(true);
        else expect(pattern.failure).toContain('too long');
      }
  });

  it('is bounded where states do not repeat', () => {
    // Each state remembers which of the last 13 bytes were a.
    const random = Array.from({ length: 40_000 }, (_, index) =>
      ((index * 7919 * (index >> 3)) & 4) === 0 ? 'a' : 'b',
    ).join('');
    expect(matches('a.{13}c', random)).toBe(false);
  });

  it('is read or refused, whatever it is', () => {
    const char = fc.constantFrom(...'ab()[]{}*+?|^$.\\-:,12=!<>P'.split(''));
    fc.assert(
      fc.property(fc.array(char, { maxLength: 24 }), fc.string(), (chars, bytes) => {
        const pattern = compilePattern(chars.join(''));
        if (pattern.ok) pattern.value.test(bytes);
        else expect(pattern.failure).toMatch(/[.]$/u);
      }),
      { numRuns: runs(3000) },
    );
  });
});
