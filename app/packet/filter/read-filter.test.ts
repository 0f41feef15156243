import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { readFilter } from './read-filter.ts';
import type { Written, WrittenValue } from './syntax.ts';
import { printed } from './testing/print.ts';

// Places do not matter to what a tree says.
const nowhere = { at: 0, length: 0 };

const word = fc.constantFrom('tcp', 'ip.src', '80', '-1', '10.0.0.0/8', '00:11:22', 'fe80::1', 'GET', '0x1f');
const bytes = fc.uint8Array({ maxLength: 6 }).map((all) => String.fromCharCode(...all));
const raw = fc.stringMatching(/^[a-z .*\\d()]{0,8}[a-z]$/u);

const { value } = fc.letrec<{ value: WrittenValue; operand: WrittenValue }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 2 },
    word.map((text): WrittenValue => ({ kind: 'word', text, ...nowhere })),
    bytes.map((all): WrittenValue => ({ kind: 'string', bytes: all, raw: false, ...nowhere })),
    raw.map((text): WrittenValue => ({ kind: 'string', bytes: text, raw: true, ...nowhere })),
    fc.nat(255).map((code): WrittenValue => ({ kind: 'character', value: code, ...nowhere })),
    fc
      .tuple(tie('operand'), fc.constantFrom('0:3', '-2:', '1-3,5'))
      .map(([of, text]): WrittenValue => ({ kind: 'sliced', of, text, bracket: nowhere, ...nowhere })),
    fc
      .tuple(fc.constantFrom('len', 'foo'), fc.array(tie('value'), { minLength: 1, maxLength: 2 }))
      .map(([text, of]): WrittenValue => ({ kind: 'call', name: { text, ...nowhere }, of, ...nowhere })),
  ),
  value: fc.oneof(
    { maxDepth: 2 },
    tie('operand'),
    fc
      .tuple(tie('value'), tie('operand'))
      .map(([of, by]): WrittenValue => ({ kind: 'masked', of, by, ...nowhere })),
  ),
}));

const quantifier = fc.constantFrom(null, 'any', 'all');
const comparison = fc.constantFrom('==', '!=', '===', '!==', '<', '<=', '>', '>=', 'contains', 'matches');

const { tree } = fc.letrec<{ tree: Written }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    value.map((of): Written => ({ kind: 'exists', of, ...nowhere })),
    fc.tuple(quantifier, comparison, value, value).map(([which, sign, left, right]): Written => ({
      kind: 'compare',
      quantifier: which,
      comparison: sign,
      left,
      right,
      ...nowhere,
    })),
    fc
      .tuple(
        quantifier,
        value,
        fc.array(fc.record({ from: value, to: fc.option(value) }), { minLength: 1, maxLength: 3 }),
      )
      .map(([which, left, members]): Written => ({
        kind: 'in',
        quantifier: which,
        left,
        members,
        ...nowhere,
      })),
    tie('tree').map((of): Written => ({ kind: 'not', of, ...nowhere })),
    fc
      .tuple(fc.constantFrom('and', 'or', 'xor'), tie('tree'), tie('tree'))
      .map(([kind, left, right]): Written => ({ kind, left, right, ...nowhere })),
  ),
}));

const PLACES: readonly string[] = ['at', 'length', 'bracket'];

/** Without places; of a function's name its text. */
function bare(written: unknown): unknown {
  return JSON.parse(
    JSON.stringify(written, (key, part: unknown) => {
      if (PLACES.includes(key)) return undefined;
      return key === 'name' ? (part as { readonly text: string }).text : part;
    }),
  );
}

it('reads what is printed of a tree as that tree', () => {
  fc.assert(
    fc.property(tree, (written) => {
      expect(bare(readFilter(printed(written)))).toEqual(bare(written));
    }),
    { numRuns: runs(500) },
  );
});

it.each([
  ['a or b and c', '(a) || ((b) && (c))'],
  ['a and b or c', '((a) && (b)) || (c)'],
  ['a or b xor c and not d', '(a) || ((b) ^^ ((c) && (!(d))))'],
  ['not a and b', '(!(a)) && (b)'],
  ['a & 1 == 2 and b', '(a & 1 == 2) && (b)'],
  ['a not in {1, 2..3}', '!(a in {1, 2 .. 3})'],
  ['any a ne 1 || all b ~ "c"', '(any a != 1) || (all b matches "c")'],
])('%s is %s', (text, same) => {
  expect(printed(readFilter(text))).toBe(same);
});
