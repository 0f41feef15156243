// Two values of a kind, as Wireshark compares them: numbers by size, text and bytes by their bytes, a network on its own bits.
import type { Constant, Network, Relation, SlicePart } from './condition.ts';

export function isNetwork(value: Constant): value is Network {
  return typeof value === 'object' && !(value instanceof Uint8Array);
}

export function passes(relation: Relation, left: Constant, right: Constant): boolean {
  if (relation === 'contains') return contains(left, right);
  const order = orderOf(left, right);
  switch (relation) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Negative, 0 or positive. */
function orderOf(left: Constant, right: Constant): number {
  if (typeof left === 'object' && typeof right === 'object') return bytesOrder(left, right);
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

function bytesOrder(left: Uint8Array | Network, right: Uint8Array | Network): number {
  const a = left instanceof Uint8Array ? left : left.bytes;
  const b = right instanceof Uint8Array ? right : right.bytes;
  const bits = Math.min(
    isNetwork(left) ? left.prefixLength : Infinity,
    isNetwork(right) ? right.prefixLength : Infinity,
    Math.min(a.length, b.length) * 8,
  );
  const whole = bits >> 3;
  for (let index = 0; index < whole; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if ((bits & 7) !== 0) {
    const mask = (0xff << (8 - (bits & 7))) & 0xff;
    return ((a[whole] ?? 0) & mask) - ((b[whole] ?? 0) & mask);
  }
  return isNetwork(left) || isNetwork(right) ? 0 : a.length - b.length;
}

function contains(left: Constant, right: Constant): boolean {
  if (typeof left === 'string' && typeof right === 'string') return left.includes(right);
  if (!(left instanceof Uint8Array && right instanceof Uint8Array)) return false;
  const [first] = right;
  if (first === undefined) return true;
  const last = left.length - right.length;
  for (let at = left.indexOf(first); at >= 0 && at <= last; at = left.indexOf(first, at + 1)) {
    let same = 1;
    while (same < right.length && left[at + same] === right[same]) same += 1;
    if (same === right.length) return true;
  }
  return false;
}

/** Four times the largest packet: parts of parts of parts would be more than any memory holds. */
const MAX_SLICED_BYTES = 1024 * 1024;

/** Null: a part is not there whole, or all together are longer than any packet. */
export function sliced(value: Uint8Array, parts: readonly SlicePart[]): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for (const { from, length, last } of parts) {
    const start = from < 0 ? value.length + from : from;
    const end =
      length !== null
        ? start + length
        : last === null
          ? value.length
          : (last < 0 ? value.length + last : last) + 1;
    if (start < 0 || end > value.length || start >= end) return null;
    total += end - start;
    if (total > MAX_SLICED_BYTES) return null;
    pieces.push(value.subarray(start, end));
  }
  const [only, ...others] = pieces;
  if (only !== undefined && others.length === 0) return only;
  const all = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Null: bytes of different lengths. */
export function masked(value: Constant, mask: Constant): Constant | null {
  if (typeof value === 'object') {
    const a = value instanceof Uint8Array ? value : value.bytes;
    const b = mask instanceof Uint8Array ? mask : isNetwork(mask) ? mask.bytes : a;
    return a.length === b.length ? a.map((byte, index) => byte & (b[index] ?? 0)) : null;
  }
  if (typeof value === 'string' || typeof mask === 'string' || typeof mask === 'object') return null;
  const small = typeof value === 'number' && typeof mask === 'number' && Math.max(value, mask) <= 0xffff_ffff;
  return small ? (value & mask) >>> 0 : Number(BigInt(value) & BigInt(mask));
}

export function asciiLower(text: string): string {
  return text.replace(/[A-Z]/gu, (letter) => letter.toLowerCase());
}

export function asciiUpper(text: string): string {
  return text.replace(/[a-z]/gu, (letter) => letter.toUpperCase());
}
