// A filter's text in words and signs (wireshark-filter(4)).
import { byteText } from './byte-text.ts';
import { FilterMistake, refuse, type Span } from './filter-error.ts';

/** Signs, and the words that stand for one. */
export type Sign =
  | '=='
  | '!='
  | '==='
  | '!=='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'contains'
  | 'matches'
  | 'in'
  | '&&'
  | '||'
  | '^^'
  | '!'
  | '&'
  | 'any'
  | 'all'
  | '('
  | ')'
  | '{'
  | '}'
  | ','
  | '..';

export type Token =
  | (Span & { readonly kind: 'sign'; readonly sign: Sign })
  /** A field, a function, a number, an address: what it is its place says. */
  | (Span & { readonly kind: 'word'; readonly text: string })
  /** Its bytes, a character a byte. */
  | (Span & { readonly kind: 'string'; readonly bytes: string; readonly raw: boolean })
  /** `'a'`: a number. */
  | (Span & { readonly kind: 'character'; readonly value: number })
  /** Between brackets: `0:3`. */
  | (Span & { readonly kind: 'slice'; readonly text: string })
  | (Span & { readonly kind: 'end' });

const WORDS: ReadonlyMap<string, Sign> = new Map<string, Sign>([
  ['eq', '=='],
  ['any_eq', '=='],
  ['ne', '!='],
  ['all_ne', '!='],
  ['all_eq', '==='],
  ['any_ne', '!=='],
  ['lt', '<'],
  ['le', '<='],
  ['gt', '>'],
  ['ge', '>='],
  ['contains', 'contains'],
  ['matches', 'matches'],
  ['in', 'in'],
  ['and', '&&'],
  ['or', '||'],
  ['xor', '^^'],
  ['not', '!'],
  ['bitwise_and', '&'],
  ['any', 'any'],
  ['all', 'all'],
]);

/** Longest first. */
const SIGNS: readonly (readonly [text: string, sign: Sign])[] = [
  ['===', '==='],
  ['!==', '!=='],
  ['==', '=='],
  ['!=', '!='],
  ['~=', '!=='],
  ['<=', '<='],
  ['>=', '>='],
  ['&&', '&&'],
  ['||', '||'],
  ['^^', '^^'],
  ['..', '..'],
  ['<', '<'],
  ['>', '>'],
  ['~', 'matches'],
  ['!', '!'],
  ['&', '&'],
  ['(', '('],
  [')', ')'],
  ['{', '{'],
  ['}', '}'],
  [',', ','],
];

/** What is easily written for another sign. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['=', '=='],
  ['|', '||'],
  ['^', '^^'],
  [';', '&&'],
  ['“', '"'],
  ['”', '"'],
  ['‘', '"'],
  ['’', '"'],
  ['`', '"'],
]);

const WORD = /(?:[\p{L}\p{N}_:/@%+-]|\.(?!\.))+/uy;

export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (/\s/u.test(char)) {
      at += 1;
      continue;
    }
    const token = tokenAt(text, at, char);
    tokens.push(token);
    at += token.length;
  }
  tokens.push({ kind: 'end', at: text.length, length: 0 });
  return tokens;
}

/** Of a text that goes on; null: what it ends in is a string, a slice, or nothing that means anything. */
export function tokensSoFar(text: string): readonly Token[] | null {
  try {
    return tokensOf(text);
  } catch (error) {
    if (error instanceof FilterMistake) return null;
    throw error;
  }
}

function tokenAt(text: string, at: number, char: string): Token {
  if (char === '"') return stringAt(text, at, at + 1, false);
  if ((char === 'r' || char === 'R') && text.charAt(at + 1) === '"') return stringAt(text, at, at + 2, true);
  if (char === "'") return characterAt(text, at);
  if (char === '[') return sliceAt(text, at);
  for (const [written, sign] of SIGNS) {
    if (text.startsWith(written, at)) return { kind: 'sign', sign, at, length: written.length };
  }
  WORD.lastIndex = at;
  const word = WORD.exec(text)?.[0];
  if (word !== undefined) {
    const sign = WORDS.get(word);
    const span = { at, length: word.length };
    return sign === undefined ? { kind: 'word', text: word, ...span } : { kind: 'sign', sign, ...span };
  }
  const whole = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const meant = MEANT.get(char) ?? null;
  refuse(
    { at, length: whole.length },
    meant === null
      ? `“${whole}” means nothing in a filter; text is written in double quotes.`
      : `“${whole}” means nothing in a filter; write ${meant}.`,
    meant,
  );
}

/** The word that a sign has in capitals or otherwise miswritten: `AND`. Null: none. */
export function signMeant(word: string): string | null {
  const small = word.toLowerCase();
  if (small !== word && WORDS.has(small)) return small;
  const other: Readonly<Record<string, string>> = {
    equals: '==',
    is: '==',
    equal: '==',
    like: 'matches',
    include: 'contains',
    includes: 'contains',
    contain: 'contains',
    match: 'matches',
  };
  return Object.hasOwn(other, small) ? (other[small] ?? null) : null;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

function stringAt(text: string, at: number, from: number, raw: boolean): Token {
  let bytes = '';
  let next = from;
  for (;;) {
    const char = text.charAt(next);
    if (char === '') {
      refuse(
        { at, length: text.length - at },
        'The text that begins here does not end; close it with ".',
        `${text.slice(at)}"`,
      );
    }
    if (char === '"') return { kind: 'string', bytes, raw, at, length: next + 1 - at };
    if (char === '\\' && !raw) {
      const escape = escapeAt(text, next);
      bytes += escape.bytes;
      next += escape.length;
    } else {
      // In a raw one a quote behind a backslash does not end it, and the backslash stays.
      const whole =
        char === '\\' ? text.slice(next, next + 2) : String.fromCodePoint(text.codePointAt(next) ?? 0);
      bytes += byteText(whole);
      next += whole.length;
    }
  }
}

/** What `\…` stands for: one byte, `\u` those of a character. */
function escapeAt(text: string, at: number): { readonly bytes: string; readonly length: number } {
  const letter = text.charAt(at + 1);
  const simple = Object.hasOwn(SIMPLE_ESCAPES, letter) ? SIMPLE_ESCAPES[letter] : undefined;
  if (simple !== undefined) return { bytes: simple, length: 2 };
  const rest = text.slice(at, at + 10);
  const digits =
    /^\\(?:x([0-9a-f]{1,2})|u([0-9a-f]{4})|U([0-9a-f]{8}))/iu.exec(rest) ??
    /^\\()()()([0-7]{1,3})/u.exec(rest);
  const code =
    digits === null
      ? NaN
      : digits[4] === undefined
        ? Number.parseInt(digits[1] ?? digits[2] ?? digits[3] ?? '', 16)
        : Number.parseInt(digits[4], 8) & 0xff;
  if (digits === null || !(code <= 0x10ffff)) {
    refuse(
      { at, length: Math.min(2, text.length - at) },
      `“${text.slice(at, at + 2)}” is no escape; write \\\\ for a backslash, or put r before the quotes.`,
      `\\\\${letter}`,
    );
  }
  const character = String.fromCodePoint(code);
  const wide = digits[2] !== undefined || digits[3] !== undefined;
  return { bytes: wide ? byteText(character) : character, length: digits[0].length };
}

function characterAt(text: string, at: number): Token {
  const escaped = text.charAt(at + 1) === '\\' ? escapeAt(text, at + 1) : null;
  const value = escaped?.bytes ?? text.charAt(at + 1);
  const end = at + 1 + (escaped?.length ?? 1);
  const code = value.charCodeAt(0);
  if ((value === "'" && escaped === null) || value.length !== 1 || text.charAt(end) !== "'" || code > 0xff) {
    const close = text.indexOf("'", at + 1);
    const length = (close < 0 ? text.length : close + 1) - at;
    const inner = text.slice(at + 1, close < 0 ? text.length : close);
    refuse(
      { at, length },
      'Single quotes hold one character, which stands for its number; text goes into double quotes.',
      JSON.stringify(inner),
    );
  }
  return { kind: 'character', value: code, at, length: end + 1 - at };
}

function sliceAt(text: string, at: number): Token {
  const close = text.indexOf(']', at);
  if (close < 0)
    refuse(
      { at, length: text.length - at },
      'The slice that begins here does not end; close it with ].',
      `${text.slice(at)}]`,
    );
  return { kind: 'slice', text: text.slice(at + 1, close), at, length: close + 1 - at };
}
