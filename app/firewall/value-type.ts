// How constants of nftables' JSON (libnftables-json(5)) are read for a field of a type, as spans of scalars.
import { parseAddress, parsePrefix } from '../route/address.ts';
import type { Scalar } from './filter-value.ts';
import { addressScalar } from './packet-view.ts';

/** From `lo` to `hi`, both in it. */
export interface Span {
  readonly lo: Scalar;
  readonly hi: Scalar;
}

export interface ValueType {
  /** One constant; null when it is none of this type. */
  scalar(raw: unknown): Scalar | null;
  prefix?(addr: string, length: number): Span | null;
  /** `in` asks for any of the bits. */
  readonly flags?: boolean;
  /** `eth*` is every name that begins so. */
  readonly wildcard?: boolean;
  readonly bits?: number;
}

const LAST = '\uffff';

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null: not understood. */
export function spanOf(raw: unknown, type: ValueType): Span | null {
  const bare = elementKey(raw);
  if (isObject(bare)) {
    const { prefix, range } = bare;
    if (isObject(prefix)) {
      const { addr, len } = prefix;
      if (typeof len !== 'number') return null;
      if (typeof addr === 'string') return type.prefix?.(addr, len) ?? null;
      // Of a number: its first bits.
      return typeof addr === 'number' && type.bits !== undefined && len <= type.bits
        ? { lo: addr, hi: addr + 2 ** (type.bits - len) - 1 }
        : null;
    }
    if (Array.isArray(range)) {
      const [from, to] = [type.scalar(range[0]), type.scalar(range[1])];
      return from === null || to === null ? null : { lo: from, hi: to };
    }
    if (Array.isArray(bare['|'])) return flagsSpan(bare['|'], type);
  }
  if (Array.isArray(bare)) return flagsSpan(bare, type);
  // The rest of a set, whatever is not in it.
  if (bare === '*') return { lo: -Infinity, hi: Infinity };
  if (typeof bare === 'string' && type.wildcard === true && bare.endsWith('*'))
    return { lo: bare.slice(0, -1), hi: bare.slice(0, -1) + LAST };
  const scalar = type.scalar(bare);
  return scalar === null ? null : { lo: scalar, hi: scalar };
}

/** Without what an element carries beside: timeout, comment, counter. */
export function elementKey(raw: unknown): unknown {
  return isObject(raw) && isObject(raw['elem']) ? raw['elem']['val'] : raw;
}

function flagsSpan(parts: readonly unknown[], type: ValueType): Span | null {
  let bits = 0;
  for (const part of parts) {
    const scalar = Array.isArray(part) ? (flagsSpan(part, type)?.lo ?? null) : type.scalar(part);
    if (typeof scalar !== 'number') return null;
    bits = (bits | scalar) >>> 0;
  }
  return { lo: bits, hi: bits };
}

export function inSpan(scalar: Scalar, { lo, hi }: Span): boolean {
  if (hi === Infinity) return true;
  return typeof scalar === typeof lo && scalar >= lo && scalar <= hi;
}

export function intType(names: Readonly<Record<string, number>> = {}, bits = 32): ValueType {
  const byName = new Map(Object.entries(names));
  return {
    bits,
    scalar(raw) {
      if (typeof raw === 'number') return Number.isFinite(raw) ? raw : null;
      if (typeof raw === 'boolean') return raw ? 1 : 0;
      if (typeof raw !== 'string') return null;
      if (/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(raw)) return Number(raw);
      return byName.get(raw) ?? null;
    },
  };
}

export function flagsType(names: Readonly<Record<string, number>>): ValueType {
  return { ...intType(names), flags: true };
}

export function addressType(family: 4 | 6): ValueType {
  return {
    scalar(raw) {
      const address = typeof raw === 'string' ? parseAddress(raw) : null;
      return address?.family === family ? addressScalar(address) : null;
    },
    prefix(addr, length) {
      const prefix = parsePrefix(`${addr}/${length}`);
      if (prefix?.family !== family) return null;
      const last = prefix.words.map((word, at) => word | ~maskWord(length - at * 32));
      return {
        lo: addressScalar({ family, words: prefix.words }),
        hi: addressScalar({ family, words: last }),
      };
    },
  };
}

function maskWord(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}

/** Texts as they are, for what is compared by name. */
export const WORD: ValueType = {
  scalar: (raw) => (typeof raw === 'string' ? raw : typeof raw === 'number' ? String(raw) : null),
};

export const INTERFACE_NAME: ValueType = { ...WORD, wildcard: true };
