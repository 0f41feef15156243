// Constants as they are written, by the type of the field that they are compared with.
import ipaddr from 'ipaddr.js';
import type { FieldType } from '../dissect/field.ts';
import { bytesOf, textOfBytes } from './byte-text.ts';
import type { Constant, Network } from './condition.ts';
import { refuse } from './filter-error.ts';
import type { Token } from './tokens.ts';

/** What can stand for a constant. */
export type Literal = Extract<Token, { readonly kind: 'word' | 'string' | 'character' }>;

/** What it is compared with, and under which name people know that. */
export interface Compared {
  readonly name: string;
  readonly type: FieldType;
  readonly words: Readonly<Record<number, string>> | null;
  /** Of a number; null: unknown. */
  readonly largest: number | null;
}

/** @throws FilterMistake */
export function constantOf(literal: Literal, compared: Compared): Constant {
  switch (compared.type) {
    case 'uint':
    case 'int':
    case 'uint64':
      return numberOf(literal, compared);
    case 'boolean':
      return booleanOf(literal, compared);
    case 'time':
      return timeOf(literal, compared);
    case 'text':
      return literal.kind === 'word' ? literal.text : textOfBytes(charactersFor(literal));
    case 'ipv4':
    case 'ipv6':
      return networkOf(literal, compared.type, compared);
    case 'mac': {
      const bytes = literal.kind === 'word' ? byteString(literal.text) : null;
      if (bytes?.length === 6) return bytes;
      return refuse(
        literal,
        `${compared.name} is compared with a MAC address of six bytes, as 00:11:22:33:44:55; with fewer, compare a slice: ${compared.name}[0:3].`,
        unquoted(literal, (text) => byteString(text)?.length === 6),
      );
    }
    case 'bytes':
    case 'protocol':
      return bytesLiteral(literal, compared);
    case 'none':
      return refuse(literal, `${compared.name} has no value: it is there or not. Write it alone.`);
  }
}

/** For `contains` in bytes, whatever their field's type. */
export function bytesLiteral(literal: Literal, { name }: Pick<Compared, 'name'>): Uint8Array {
  if (literal.kind !== 'word') return bytesOf(charactersFor(literal));
  const bytes = byteString(literal.text);
  if (bytes !== null) return bytes;
  return refuse(
    literal,
    `“${literal.text}” is no string of bytes, as 0a:1b is; ${name} is compared with bytes, or with text in double quotes.`,
    JSON.stringify(literal.text),
  );
}

function charactersFor(literal: Exclude<Literal, { kind: 'word' }>): string {
  return literal.kind === 'string' ? literal.bytes : String.fromCharCode(literal.value);
}

function numberOf(literal: Literal, compared: Compared): number | bigint {
  const value = literal.kind === 'character' ? literal.value : wholeNumber(written(literal));
  if (value === null || literal.kind === 'string') return worded(literal, compared, value !== null);
  if (value < 0 && compared.type !== 'int') return refuse(literal, `${compared.name} is never negative.`);
  const { largest } = compared;
  if (largest !== null && value > largest)
    return refuse(literal, `${compared.name} is at most ${largest}: no packet has ${written(literal)}.`);
  return value;
}

/** A number by one of its words. */
function worded(literal: Literal, { name, words }: Compared, quotedNumber: boolean): number {
  const text = written(literal);
  const known = Object.entries(words ?? {});
  const small = text.toLowerCase();
  const found = known.find(([, word]) => word.toLowerCase() === small);
  if (found !== undefined) return Number(found[0]);
  if (quotedNumber) return refuse(literal, `${name} is a number: write it without quotes.`, text);
  const near = known.find(([, word]) => word.toLowerCase().startsWith(small) && small !== '')?.[1];
  const some = known.slice(0, 3).map(([, word]) => JSON.stringify(word));
  return refuse(
    literal,
    `“${text}” is no number, and ${name} is one${some.length === 0 ? '' : ` (or a word: ${some.join(', ')}${known.length > 3 ? ', …' : ''})`}.`,
    near === undefined ? null : JSON.stringify(near),
  );
}

/** As in C: 0x hexadecimal, 0b binary, 0 octal. Null: none. */
function wholeNumber(text: string): number | bigint | null {
  const parts = /^([+-]?)(?:0x([0-9a-f]{1,16})|0b([01]{1,64})|(0[0-7]{0,22})|([1-9]\d{0,19}))$/iu.exec(text);
  if (parts === null) return null;
  const [, sign, hex, binary, octal, decimal] = parts;
  const magnitude =
    hex !== undefined
      ? BigInt(`0x${hex}`)
      : binary !== undefined
        ? BigInt(`0b${binary}`)
        : octal !== undefined
          ? BigInt(octal.length === 1 ? '0' : `0o${octal.slice(1)}`)
          : BigInt(decimal ?? '0');
  const value = sign === '-' ? -magnitude : magnitude;
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

const TRUTHS: Readonly<Record<string, number>> = { true: 1, false: 0, set: 1, 'not set': 0, yes: 1, no: 0 };

function booleanOf(literal: Literal, compared: Compared): number {
  const text = written(literal);
  const small = text.toLowerCase();
  if (Object.hasOwn(TRUTHS, small)) return TRUTHS[small] ?? 0;
  const value = literal.kind === 'character' ? literal.value : wholeNumber(text);
  if (value !== null && literal.kind !== 'string') return Number(value) === 0 ? 0 : 1;
  if (compared.words !== null) return worded(literal, compared, false);
  return refuse(literal, `${compared.name} is true or false: compare it with 1 or 0.`, '1');
}

/** Nanoseconds. */
function timeOf(literal: Literal, { name }: Compared): bigint {
  const text = written(literal);
  const seconds = /^(\d{1,12})(?:\.(\d{1,9}))?$/u.exec(text);
  if (seconds !== null && literal.kind === 'word')
    return BigInt(seconds[1] ?? '') * 1_000_000_000n + fraction(seconds[2]);
  const date = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/u.exec(
    text,
  );
  if (date !== null) {
    const [, day = '', minute = '00:00', second = '00', decimals, zone = 'Z'] = date;
    const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
    const milliseconds = Date.parse(`${day}T${minute}:${second}${offset}`);
    if (!Number.isNaN(milliseconds)) return BigInt(milliseconds) * 1_000_000n + fraction(decimals);
  }
  return refuse(
    literal,
    `${name} is a time: seconds since 1970, as 1700000000.5, or a date in quotes (UTC, unless it says otherwise), as "2026-01-31 12:00:00".`,
  );
}

function fraction(decimals: string | undefined): bigint {
  return BigInt((decimals ?? '').padEnd(9, '0'));
}

function networkOf(literal: Literal, type: 'ipv4' | 'ipv6', { name }: Compared): Network {
  const text = written(literal);
  const network = parseNetwork(text);
  const family = type === 'ipv4' ? 4 : 16;
  if (network?.bytes.length === family && literal.kind === 'word') return network;
  const article = type === 'ipv4' ? 'an IPv4 address or network' : 'an IPv6 address or network';
  const example = type === 'ipv4' ? '10.0.0.1 or 10.0.0.0/8' : 'fd00::1 or fd00::/8';
  const sentence =
    network !== null && network.bytes.length !== family
      ? `“${text}” is an address of the other kind: ${name} is compared with ${article}.`
      : network !== null
        ? `${name} is compared with an address without quotes.`
        : `“${text}” is no address: ${name} is compared with ${article}, as ${example}.`;
  return refuse(
    literal,
    sentence,
    network?.bytes.length === family ? text : type === 'ipv4' ? shortNetwork(text) : null,
  );
}

/** `10.0` and the like: whose network that is. */
export function shortNetwork(text: string): string | null {
  const groups: readonly (string | undefined)[] =
    /^(\d{1,3})\.(?:(\d{1,3})\.?)?(?:(\d{1,3})\.?)?$/u.exec(text)?.slice(1) ?? [];
  const parts = groups.filter((part) => part !== undefined);
  if (parts.length === 0 || parts.some((part) => Number(part) > 255)) return null;
  return `${[...parts, '0', '0', '0'].slice(0, 4).join('.')}/${parts.length * 8}`;
}

/** An address with or without /N; null: neither. */
export function parseNetwork(text: string): Network | null {
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0) return null;
  const four = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!four && (!address.includes(':') || address.includes('%') || !ipaddr.IPv6.isValid(address)))
    return null;
  const bytes = Uint8Array.from(
    (four ? ipaddr.IPv4.parse(address) : ipaddr.IPv6.parse(address)).toByteArray(),
  );
  const bits = bytes.length * 8;
  if (prefix === undefined) return { bytes, prefixLength: bits };
  if (!/^\d{1,3}$/u.test(prefix) || Number(prefix) > bits) return null;
  return { bytes, prefixLength: Number(prefix) };
}

/** `00:11:22`, `00-11-22`, `0.1.2`, `001122`, `0011.2233`, `0x0f`; null: none. */
export function byteString(text: string): Uint8Array | null {
  const short = /^0x([0-9a-f]{1,2})$/iu.exec(text)?.[1];
  if (short !== undefined) return Uint8Array.of(Number.parseInt(short, 16));
  if (/^[0-9a-f]{4}(\.[0-9a-f]{4})+$/iu.test(text)) return hexBytes(text.replaceAll('.', ''));
  // A separator after one byte alone, as Wireshark has it, too.
  const parted = /^[0-9a-f]{1,2}(?:([:.-])[0-9a-f]{1,2}(?:\1[0-9a-f]{1,2})*)?\1?$/iu.exec(text);
  if (parted !== null) {
    const parts = text.split(/[:.-]/u).filter((part) => part !== '');
    return Uint8Array.from(parts, (digits) => Number.parseInt(digits, 16));
  }
  return /^(?:[0-9a-f]{2})+$/iu.test(text) ? hexBytes(text) : null;
}

function hexBytes(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  );
}

function written(literal: Literal): string {
  switch (literal.kind) {
    case 'word':
      return literal.text;
    case 'string':
      return textOfBytes(literal.bytes);
    case 'character':
      return `${literal.value}`;
  }
}

/** What is between the quotes, when that alone would do. */
function unquoted(literal: Literal, fits: (text: string) => boolean): string | null {
  const text = written(literal);
  return literal.kind === 'string' && fits(text) ? text : null;
}
