// Expressions of nftables' JSON compiled: what one has for a packet, fields and what is reckoned from them.
import type { FirewallTable } from '../probe/firewall-facts.ts';
import { nftExpression } from '../probe/nft-expression.ts';
import { fibField } from './fib-field.ts';
import { Choice, evenly, Unknown, type Scalar, type Value } from './filter-value.ts';
import { ctField, metaField, payloadField, rawPayload, type Field } from './nft-fields.ts';
import { lookupAmong, lookupIn, type KeyParts, type Lookup } from './nft-lookup.ts';
import type { PacketView } from './packet-view.ts';
import { intType, isObject, spanOf, type ValueType } from './value-type.ts';

const INT = intType();
/** No rule nests so far. */
const DEEPEST = 12;

/** What a key has: its parts; undefined where a part is not there. */
export type Key = KeyParts | undefined | Unknown | Choice<KeyParts>;

export interface KeyReader {
  readonly types: readonly ValueType[];
  read(view: PacketView): Key;
}

export function fieldOf(expression: unknown, table: FirewallTable, depth = 0): Field {
  if (depth > DEEPEST || !isObject(expression)) return opaque(expression);
  const [entry] = Object.entries(expression);
  if (entry === undefined) return opaque(expression);
  const [name, part] = entry;
  if (Array.isArray(part)) {
    return /^(&|\||\^|<<|>>)$/.test(name) ? arithmetic(name, part, table, depth) : opaque(expression);
  }
  if (!isObject(part)) return opaque(expression);
  switch (name) {
    case 'payload':
      return 'base' in part
        ? rawPayload(part['base'], part['offset'], part['len'])
        : payloadField(part['protocol'], part['field']);
    case 'meta':
      return metaField(part['key']);
    case 'ct':
      return ctField(part['key'], part['dir'], part['family']);
    case 'fib': {
      const { flags } = part;
      return fibField(Array.isArray(flags) ? flags : [flags], part['result']);
    }
    case 'numgen':
    case 'jhash':
    case 'symhash': {
      const offset = typeof part['offset'] === 'number' ? part['offset'] : 0;
      const value = evenly(Number(part['mod']), offset);
      return { type: INT, read: () => value };
    }
    case 'elem':
      return fieldOf(part['val'], table, depth + 1);
    case 'map':
      return opaque(expression);
    default:
      return opaque(expression);
  }
}

function opaque(expression: unknown): Field {
  const why = new Unknown(`${nftExpression(expression).slice(0, 80)} is not known of a packet`);
  return { type: INT, read: () => why };
}

function arithmetic(
  operator: string,
  operands: readonly unknown[],
  table: FirewallTable,
  depth: number,
): Field {
  const [first, ...others] = operands;
  if (!isObject(first)) return opaque({ [operator]: operands });
  const left = fieldOf(first, table, depth + 1);
  const rights = others.map((other): Field => {
    const span = spanOf(other, left.type);
    // Flags in round brackets come as one operation of constants.
    if (span !== null && typeof span.lo === 'number') {
      const { lo } = span;
      return { type: left.type, read: () => lo };
    }
    return isObject(other) ? fieldOf(other, table, depth + 1) : opaque(other);
  });
  return {
    type: { ...left.type, flags: false },
    read: (view) =>
      rights.reduce<Value>((value, right) => combine(value, right.read(view), operator), left.read(view)),
    ...(left.unsure === undefined ? {} : { unsure: left.unsure }),
  };
}

function combine(left: Value, right: Value, operator: string): Value {
  if (left === undefined || left instanceof Unknown) return left;
  if (right === undefined || right instanceof Unknown) return right;
  if (right instanceof Choice) return new Unknown('chance in an operand');
  const one = (value: Scalar): Scalar => reckon(value, right, operator);
  return left instanceof Choice ? left.map(one) : one(left);
}

function reckon(left: Scalar, right: Scalar, operator: string): Scalar {
  if (typeof left === 'string' || typeof right === 'string')
    return masked(String(left), String(right), operator);
  switch (operator) {
    case '&':
      return (left & right) >>> 0;
    case '|':
      return (left | right) >>> 0;
    case '^':
      return (left ^ right) >>> 0;
    case '<<':
      return (left << right) >>> 0;
    default:
      return left >>> right;
  }
}

/** Of IPv6 addresses, four bits at a time. */
function masked(left: string, right: string, operator: string): string {
  return Array.from(left, (digit, at) => {
    const [a, b] = [Number.parseInt(digit, 16), Number.parseInt(right[at] ?? '0', 16)];
    return (operator === '&' ? a & b : operator === '|' ? a | b : a ^ b).toString(16);
  }).join('');
}

/** `ip daddr . meta l4proto . th dport`, or one field. */
export function keyOf(expression: unknown, table: FirewallTable): KeyReader {
  const concat = isObject(expression) ? expression['concat'] : undefined;
  const fields = (Array.isArray(concat) ? concat : [expression]).map((part) => fieldOf(part, table));
  return {
    types: fields.map(({ type }) => type),
    read(view) {
      const parts: (Scalar | Unknown)[] = [];
      for (const field of fields) {
        const value = field.read(view);
        if (value === undefined || (value instanceof Unknown && fields.length === 1)) return value;
        if (value instanceof Choice)
          return fields.length === 1
            ? new Choice(value.ways.map((way) => ({ share: way.share, value: [way.value] })))
            : new Unknown('chance in a concatenation');
        parts.push(value);
      }
      return parts;
    },
  };
}

/** Elements of a set's own (`@name`) or of the rule; null: no such set. */
export function lookupOf(
  source: unknown,
  isMap: boolean,
  key: KeyReader,
  table: FirewallTable,
): Lookup | null {
  if (typeof source === 'string' && source.startsWith('@')) {
    const set = table.sets.find(({ name }) => name === source.slice(1));
    return set === undefined ? null : lookupIn(set, key.types);
  }
  const elements = isObject(source) ? source['set'] : undefined;
  if (typeof elements === 'string' && elements.startsWith('@')) return lookupOf(elements, isMap, key, table);
  return Array.isArray(elements) ? lookupAmong(elements, isMap, key.types) : null;
}

/** What a map has for a packet's key: an element's value as the JSON has it, null where there is none. */
export type Mapped =
  { readonly to: unknown } | null | Unknown | Choice<{ readonly to: unknown } | null | Unknown>;

export function mapReader(map: unknown, table: FirewallTable): ((view: PacketView) => Mapped) | null {
  if (!isObject(map)) return null;
  const key = keyOf(map['key'], table);
  const lookup = lookupOf(map['data'], true, key, table);
  if (lookup === null) return null;
  return (view) => {
    const asked = key.read(view);
    if (asked === undefined) return null;
    if (asked instanceof Unknown) return asked;
    return asked instanceof Choice ? asked.map((parts) => lookup.find(parts)) : lookup.find(asked);
  };
}
