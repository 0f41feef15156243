// What could come where the caret is: fields, operators that fit, words for a field's numbers, and what joins tests.
import type { FieldType } from '../dissect/field.ts';
import { functionNames, typeWords, valueType } from './check-value.ts';
import { filterField, filterFieldNames, type FilterField } from './filter-fields.ts';
import { tokensSoFar, type Sign, type Token } from './tokens.ts';

export interface Completion {
  /** What replaces the text from `from` to `to`. */
  readonly text: string;
  readonly label: string;
  readonly detail: string;
}

export interface Completions {
  /** Of the text, UTF-16 units: what a completion replaces. */
  readonly from: number;
  readonly to: number;
  /** Best first. */
  readonly items: readonly Completion[];
}

/** More is no choice. */
const MOST = 50;

/** What the words before the caret ask for. */
type Expected =
  | { readonly kind: 'field' }
  | { readonly kind: 'operator'; readonly field: FilterField | null }
  | { readonly kind: 'value'; readonly field: FilterField | null }
  | { readonly kind: 'set' }
  | { readonly kind: 'join' }
  | { readonly kind: 'nothing' };

/** @param caret UTF-16 units from the text's beginning. Never fails: of a text that makes no sense there are none. */
export function completions(text: string, caret: number): Completions {
  const at = Math.max(0, Math.min(caret, text.length));
  const before = text.slice(0, at);
  const word = /[\p{L}\p{N}_.-]*$/u.exec(before)?.[0] ?? '';
  const from = at - word.length;
  const to = at + (/^[\p{L}\p{N}_.-]*/u.exec(text.slice(at))?.[0].length ?? 0);
  const tokens = tokensSoFar(before.slice(0, from));
  const expected: Expected = tokens === null ? { kind: 'nothing' } : expectedAfter(tokens);
  return { from, to, items: itemsFor(expected, word).slice(0, MOST) };
}

function expectedAfter(tokens: readonly Token[]): Expected {
  let expected: Expected = { kind: 'field' };
  let field: FilterField | null = null;
  let inSet = false;
  /** Of each parenthesis that is open: a function's. */
  const calls: boolean[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'word') {
      const next = tokens[index + 1];
      // A function's name.
      if (next?.kind === 'sign' && next.sign === '(') continue;
      const value: boolean = expected.kind === 'value';
      if (!value) field = filterField(token.text);
      expected = inSet ? { kind: 'set' } : value ? { kind: 'join' } : { kind: 'operator', field };
    } else if (token.kind === 'string' || token.kind === 'character') {
      expected = inSet ? { kind: 'set' } : { kind: 'join' };
    } else if (token.kind === 'slice') {
      field = null;
      expected = { kind: 'operator', field };
    } else if (token.kind === 'sign') {
      const { sign } = token;
      if (BEFORE_FIELDS.has(sign)) {
        expected = { kind: 'field' };
      } else if (sign === '(') {
        calls.push(tokens[index - 1]?.kind === 'word');
        expected = { kind: 'field' };
      } else if (sign === ')') {
        const called = calls.pop() === true;
        expected = called ? { kind: 'operator', field: null } : { kind: 'join' };
        if (called) field = null;
      } else if (sign === 'in') {
        expected = { kind: 'nothing' };
      } else if (sign === '}') {
        inSet = false;
        expected = { kind: 'join' };
      } else {
        inSet ||= sign === '{';
        expected = { kind: 'value', field };
      }
    }
  }
  return expected;
}

const BEFORE_FIELDS: ReadonlySet<Sign> = new Set<Sign>(['&&', '||', '^^', '!', 'any', 'all']);

function itemsFor(expected: Expected, word: string): readonly Completion[] {
  switch (expected.kind) {
    case 'field':
      // Protocols alone are more than a choice has room for.
      return [...beginning(FIELD_WORDS, word), ...functionItems(word), ...fieldItems(word)];
    case 'operator':
      return [...beginning(operatorsOf(expected.field?.type ?? null), word), ...beginning(JOINS, word)];
    case 'value':
      return [...valueItems(expected.field, word), ...(word === '' ? [] : fieldItems(word))];
    case 'set':
      return beginning(SET_SIGNS, word);
    case 'join':
      return beginning(JOINS, word);
    case 'nothing':
      return [];
  }
}

/** Names that begin so come first, then those that hold it, then those whose label does. */
function fieldItems(word: string): readonly Completion[] {
  const wanted = word.toLowerCase();
  const found: { readonly name: string; readonly rank: number }[] = [];
  for (const name of filterFieldNames) {
    const rank = rankOf(name, wanted);
    if (rank !== null) found.push({ name, rank });
  }
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST)
    .flatMap(({ name }) => {
      const field = filterField(name);
      return field === null
        ? []
        : [{ text: name, label: name, detail: `${field.label} · ${typeWords(field.type)}` }];
    });
}

/** Protocols that most filters are of. */
const USUAL: readonly string[] = [
  ...['ip', 'ipv6', 'tcp', 'udp', 'icmp', 'icmpv6', 'arp', 'eth', 'frame', 'vlan', 'vxlan'],
  ...['dns', 'http', 'tls', 'bgp', 'dhcp'],
];

function rankOf(name: string, wanted: string): number | null {
  // Of nothing written yet the protocols are a choice, a thousand fields are none.
  if (wanted === '') {
    if (USUAL.includes(name)) return 0;
    return filterField(name)?.type === 'protocol' && !name.startsWith('_') ? 1 : null;
  }
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return name.includes('.', wanted.length) ? 2 : 1;
  if (name.includes(`.${wanted}`)) return 3;
  if (wanted.length < 3) return null;
  if (name.includes(wanted)) return 4;
  return filterField(name)?.label.toLowerCase().includes(wanted) === true ? 5 : null;
}

function valueItems(field: FilterField | null, word: string): readonly Completion[] {
  if (field === null) return [];
  const wanted = word.toLowerCase();
  if (field.type === 'boolean')
    return beginning([item('1', 'true'), item('0', 'false'), item('true', '1'), item('false', '0')], wanted);
  return Object.entries(field.words ?? {})
    .filter(([number, text]) => number.startsWith(wanted) || text.toLowerCase().startsWith(wanted))
    .map(([number, text]) => ({ text: number, label: `${number} ${text}`, detail: field.label }));
}

function functionItems(word: string): readonly Completion[] {
  if (word === '') return [];
  return beginning(
    functionNames.map((name) => ({ text: `${name}(`, label: `${name}(…)`, detail: FUNCTION_WORDS[name] })),
    word,
  );
}

const FUNCTION_WORDS = {
  len: 'Bytes of a text or of bytes',
  count: 'How often a packet has a field',
  lower: 'A text in small letters',
  upper: 'A text in capitals',
  string: 'A number or an address as text',
} as const;

function item(text: string, detail: string): Completion {
  return { text, label: text, detail };
}

function beginning(items: readonly Completion[], word: string): readonly Completion[] {
  const wanted = word.toLowerCase();
  return items.filter(({ text }) => text.startsWith(wanted) && text !== word);
}

const JOINS = [item('&&', 'and'), item('||', 'or'), item('and', '&&'), item('or', '||'), item('xor', '^^')];
const SET_SIGNS = [item(',', 'another value'), item('..', 'up to'), item('}', 'the set ends')];
const FIELD_WORDS = [
  item('not', 'the packet does not pass'),
  item('any', 'any of the values'),
  item('all', 'all of the values'),
];

const EQUALITY = [item('==', 'is'), item('!=', 'none is'), item('in', 'is one of {…}')];
const ORDER = [item('<', 'less'), item('<=', 'at most'), item('>', 'more'), item('>=', 'at least')];
const SEARCH = [item('contains', 'has in it'), item('matches', 'fits a pattern')];

function operatorsOf(type: FieldType | null): readonly Completion[] {
  if (type === null) return [...EQUALITY, ...ORDER, ...SEARCH];
  if (type === 'protocol') return SEARCH;
  if (type === 'none') return [];
  if (type === 'boolean') return EQUALITY;
  if (type === 'uint') return [...EQUALITY, ...ORDER, item('&', 'bits of it')];
  switch (valueType(type)) {
    case 'number':
      return [...EQUALITY, ...ORDER];
    case 'text':
      return [...EQUALITY, ...SEARCH, ...ORDER];
    case 'bytes':
      return type === 'bytes' || type === 'mac'
        ? [...EQUALITY, ...SEARCH, ...ORDER]
        : [...EQUALITY, ...ORDER];
  }
}
