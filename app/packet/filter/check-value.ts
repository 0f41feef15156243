// Values of a filter: fields, slices, masks and functions of them, with the type that their comparison takes.
import { field, type FieldType } from '../dissect/field.ts';
import type { FunctionName, SlicePart, Value, ValueType } from './condition.ts';
import { filterField, nearestFields, type FilterField } from './filter-fields.ts';
import { refuse, type Span } from './filter-error.ts';
import { meantBy } from './habits.ts';
import { constantOf, type Compared } from './literal.ts';
import type { WrittenValue } from './syntax.ts';
import { signMeant } from './tokens.ts';

/** A value whose type is known: no constant, whose type is that of what it is compared with. */
export interface TypedValue extends Compared {
  readonly value: Value;
  readonly span: Span;
}

/** Null: a constant, or a word that means nothing. */
export function typed(written: WrittenValue): TypedValue | null {
  switch (written.kind) {
    case 'string':
    case 'character':
      return null;
    case 'word': {
      const known = filterField(written.text);
      return known === null ? null : typedField(known, written);
    }
    case 'sliced':
      return slice(written);
    case 'masked':
      return mask(written);
    case 'call':
      return call(written);
  }
}

export function typedOrRefused(written: WrittenValue): TypedValue {
  const value = typed(written);
  if (value !== null) return value;
  if (written.kind === 'word') return noField(written.text, written);
  return refuse(written, 'A field comes first, and then what it is compared with, as in tcp.port == 80.');
}

export function valueType(type: FieldType): ValueType {
  switch (type) {
    case 'uint':
    case 'int':
    case 'uint64':
    case 'boolean':
    case 'time':
      return 'number';
    case 'text':
      return 'text';
    case 'ipv4':
    case 'ipv6':
    case 'mac':
    case 'bytes':
    case 'protocol':
    case 'none':
      return 'bytes';
  }
}

/** What a field of that type is, to people. */
export function typeWords(type: FieldType): string {
  switch (type) {
    case 'uint':
    case 'int':
    case 'uint64':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'time':
      return 'a time';
    case 'text':
      return 'text';
    case 'ipv4':
      return 'an IPv4 address';
    case 'ipv6':
      return 'an IPv6 address';
    case 'mac':
      return 'a MAC address';
    case 'bytes':
      return 'bytes';
    case 'protocol':
      return 'a protocol';
    case 'none':
      return 'a mark without a value';
  }
}

function typedField(known: FilterField, span: Span): TypedValue {
  const { name, type, words } = known;
  return { name, type, words, largest: largestOf(known), value: { kind: 'field', field: known }, span };
}

/** As far as the catalogue tells. */
function largestOf({ name, type, sources }: FilterField): number | null {
  if (type !== 'uint') return null;
  if (name.endsWith('port')) return 0xffff;
  const digits = sources[0]?.hexDigits ?? 0;
  return digits === 0 ? null : 16 ** digits - 1;
}

function noField(word: string, span: Span): never {
  const meant = meantBy(word);
  if (meant !== null) return refuse(span, `“${word}” alone is no filter; say what has that value.`, meant);
  const sign = signMeant(word);
  if (sign !== null) return refuse(span, `“${word}” is no operator; write ${sign}.`, sign);
  const [nearest, ...others] = nearestFields(word, 3);
  if (nearest === undefined) return refuse(span, `There is no field “${word}”.`);
  const further = others.length === 0 ? '' : ` (or ${others.join(' or ')})`;
  return refuse(span, `There is no field “${word}”; the nearest is ${nearest}${further}.`, nearest);
}

/** Longer slices than any packet. */
const MAX_OFFSET = 0xffff_ffff;

function slice(written: Extract<WrittenValue, { readonly kind: 'sliced' }>): TypedValue {
  const of = typedOrRefused(written.of);
  if (valueType(of.type) === 'number' || of.type === 'none')
    refuse(written.bracket, `${of.name} is ${typeWords(of.type)}: only text and bytes have slices.`, '');
  const parts = written.text.split(',').map((part) => slicePart(part, written.bracket));
  const name = `${of.name}[${written.text}]`;
  return { ...plain(name, 'bytes'), value: { kind: 'slice', of: of.value, parts }, span: written };
}

function slicePart(text: string, span: Span): SlicePart {
  const numbers = /^\s*(-?\d{1,10})?\s*(?:([:-])\s*(-?\d{1,10})?)?\s*$/u.exec(text);
  const [, first, separator, second] = numbers ?? [];
  const from = Number(first ?? 0);
  const other = second === undefined ? null : Number(second);
  const wrong = 'A slice is [offset:length], [first-last], [offset], [:length] or [offset:].';
  if (numbers === null || Math.abs(from) > MAX_OFFSET || Math.abs(other ?? 0) > MAX_OFFSET)
    return refuse(span, wrong);
  if (separator === undefined)
    return first === undefined ? refuse(span, wrong) : { from, length: 1, last: null };
  if (separator === '-') {
    if (first === undefined || other === null) return refuse(span, wrong);
    if (from >= 0 === other >= 0 && other < from)
      return refuse(span, 'A slice’s last byte comes before its first.');
    return { from, length: null, last: other };
  }
  if (other === null) return first === undefined ? refuse(span, wrong) : { from, length: null, last: null };
  if (other <= 0) return refuse(span, 'A slice holds at least one byte.');
  return { from, length: other, last: null };
}

function mask(written: Extract<WrittenValue, { readonly kind: 'masked' }>): TypedValue {
  const of = typedOrRefused(written.of);
  const kind = valueType(of.type);
  if (kind === 'text' || of.type === 'time' || of.type === 'protocol' || of.type === 'none')
    refuse(written.of, `${of.name} is ${typeWords(of.type)}: & takes bits of numbers, addresses and slices.`);
  const by = typed(written.by);
  if (by !== null && valueType(by.type) !== kind)
    refuse(written.by, `${by.name} is ${typeWords(by.type)}, and ${of.name} ${typeWords(of.type)}.`);
  if (by !== null && (pairs(of.value) || pairs(by.value)))
    refuse(written.by, 'One & of a value may have a field on its right; the others take a constant.');
  const value: Value = { kind: 'mask', of: of.value, by: by?.value ?? constant(written.by, of) };
  return { ...of, type: of.type === 'boolean' ? 'uint' : of.type, words: null, value, span: written };
}

/** Whether it has a value for each pair of others: pairs of pairs would be more than any memory holds. */
function pairs(value: Value): boolean {
  if (value.kind === 'field' || value.kind === 'constant') return false;
  if (value.kind === 'mask' && value.by.kind !== 'constant') return true;
  return pairs(value.of);
}

/** @throws FilterMistake */
export function constant(written: WrittenValue, compared: Compared): Value {
  if (written.kind === 'word' || written.kind === 'string' || written.kind === 'character')
    return { kind: 'constant', constant: constantOf(written, compared) };
  return refuse(written, 'This is no value to compare with.');
}

const FUNCTIONS: Readonly<
  Record<
    FunctionName,
    { readonly takes: string; readonly gives: FieldType; readonly fits: (type: FieldType) => boolean }
  >
> = {
  len: {
    takes: 'text, bytes or an address',
    gives: 'uint',
    fits: (type) => valueType(type) !== 'number' && type !== 'none',
  },
  count: { takes: 'a field', gives: 'uint', fits: () => true },
  lower: { takes: 'text', gives: 'text', fits: (type) => type === 'text' },
  upper: { takes: 'text', gives: 'text', fits: (type) => type === 'text' },
  string: {
    takes: 'a number or an address',
    gives: 'text',
    fits: (type) => valueType(type) === 'number' || type === 'ipv4' || type === 'ipv6' || type === 'mac',
  },
};

export const functionNames = Object.keys(FUNCTIONS) as readonly FunctionName[];

function call({ name, of, ...span }: Extract<WrittenValue, { readonly kind: 'call' }>): TypedValue {
  const known = functionNames.find((one) => one === name.text);
  if (known === undefined) {
    if (filterField(name.text) !== null)
      return refuse(name, `${name.text} is a field and takes no parentheses.`);
    const near = functionNames.find((one) => one === name.text.toLowerCase()) ?? null;
    return refuse(name, `There is no function “${name.text}”; there are ${functionNames.join(', ')}.`, near);
  }
  const { takes, gives, fits } = FUNCTIONS[known];
  const [only, another] = of;
  if (only === undefined || another !== undefined)
    return refuse(another ?? name, `${known} takes one value.`);
  const inner = typedOrRefused(only);
  if (known === 'count' && inner.value.kind !== 'field') return refuse(only, 'count takes a field.');
  if (!fits(inner.type))
    return refuse(only, `${inner.name} is ${typeWords(inner.type)}: ${known} takes ${takes}.`);
  const value: Value = { kind: 'call', name: known, of: inner.value, as: field('', '', inner.type) };
  return { ...plain(`${known}(${inner.name})`, gives), value, span };
}

function plain(name: string, type: FieldType): Compared {
  return { name, type, words: null, largest: null };
}
