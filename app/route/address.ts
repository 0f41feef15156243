// Addresses and prefixes as unsigned 32-bit words, most significant first: one for IPv4, four for IPv6.
import { ipv6FromHex } from '../probe/ip-text.ts';

export interface Address {
  readonly family: 4 | 6;
  readonly words: Uint32Array;
}

export interface Prefix extends Address {
  /** Bits. */
  readonly length: number;
}

/** Null for what is no address. A zone (`%eth0`) is none either. */
export function parseAddress(text: string): Address | null {
  if (text.includes(':')) {
    const words = ipv6Words(text);
    return words === null ? null : { family: 6, words };
  }
  const word = ipv4Word(text);
  return word === -1 ? null : { family: 4, words: Uint32Array.of(word) };
}

/** As `ip` prints it (RFC 5952 for IPv6). */
export function addressText({ family, words }: Address): string {
  if (family === 6)
    return ipv6FromHex(Array.from(words, (word) => word.toString(16).padStart(8, '0')).join(''));
  const word = words[0] ?? 0;
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** An address of IPv6 as `ip` prints it, however it was written; everything else as it is. */
export function canonicalAddress(text: string): string {
  const address = text.includes(':') ? parseAddress(text) : null;
  return address === null ? text : addressText(address);
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.words.every((word, at) => word === b.words[at]);
}

/** All zeros: none, or not chosen yet. */
export function isUnspecified({ words }: Address): boolean {
  return words.every((word) => word === 0);
}

/** `10.0.0.0/8`, `fd00::/8`; an address alone is a prefix of full length. Bits beyond the length are cleared. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === null) return null;
  const most = address.family === 4 ? 32 : 128;
  const length = slash === -1 ? most : lengthOf(text, slash + 1);
  if (length > most) return null;
  for (let at = 0; at < address.words.length; at += 1)
    address.words[at] = (address.words[at] ?? 0) & maskOf(length - at * 32);
  return { ...address, length };
}

/** Infinity for what is no number of one to three digits. */
function lengthOf(text: string, from: number): number {
  if (text.length === from || text.length > from + 3) return Infinity;
  let length = 0;
  for (let at = from; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Infinity;
    length = length * 10 + digit;
  }
  return length;
}

/** The first `bits` bits of a word set; none below 1, all above 31. */
export function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : -1 << (32 - bits);
}

export function inPrefix({ family, words }: Address, prefix: Prefix): boolean {
  if (family !== prefix.family) return false;
  for (let at = 0; at < words.length; at += 1) {
    if ((((words[at] ?? 0) ^ (prefix.words[at] ?? 0)) & maskOf(prefix.length - at * 32)) !== 0) return false;
  }
  return true;
}

/** -1 for what is none: four decimal octets and nothing else. */
function ipv4Word(text: string): number {
  let word = 0;
  let octet = -1;
  let dots = 0;
  if (text.length > 15) return -1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (octet < 0) return -1;
      word = word * 256 + octet;
      octet = -1;
      dots += 1;
    } else {
      if (code < 48 || code > 57) return -1;
      octet = (octet < 0 ? 0 : octet * 10) + code - 48;
      if (octet > 255) return -1;
    }
  }
  return dots === 3 && octet >= 0 ? word * 256 + octet : -1;
}

function ipv6Words(text: string): Uint32Array | null {
  if (text.length > 45) return null;
  const gap = text.indexOf('::');
  const groups = new Uint16Array(8);
  const before = readGroups(text, 0, gap === -1 ? text.length : gap, groups);
  if (gap === -1) return before === 8 ? wordsOf(groups) : null;
  const tail = new Uint16Array(8);
  const after = readGroups(text, gap + 2, text.length, tail);
  if (before < 0 || after < 0 || before + after > 7) return null;
  for (let at = 0; at < after; at += 1) groups[8 - after + at] = tail[at] ?? 0;
  return wordsOf(groups);
}

function wordsOf(groups: Uint16Array): Uint32Array {
  const words = new Uint32Array(4);
  for (let at = 0; at < 4; at += 1) words[at] = (groups[at * 2] ?? 0) * 65536 + (groups[at * 2 + 1] ?? 0);
  return words;
}

/** How many groups of 16 bits there are; -1 when it is no list of them. The last two may be an IPv4 address. */
function readGroups(text: string, from: number, to: number, groups: Uint16Array): number {
  let count = 0;
  for (let at = from; at < to;) {
    let end = text.indexOf(':', at);
    if (end === -1 || end > to) end = to;
    const part = text.slice(at, end);
    if (end === to && part.includes('.')) {
      const word = ipv4Word(part);
      if (word === -1 || to !== text.length || count > 6) return -1;
      groups[count] = Math.floor(word / 65536);
      groups[count + 1] = word % 65536;
      return count + 2;
    }
    if (count === 8 || !HEX.test(part)) return -1;
    groups[count] = Number.parseInt(part, 16);
    count += 1;
    at = end + 1;
    // A colon with nothing after it.
    if (at === to && end < to) return -1;
  }
  return count;
}

const HEX = /^[0-9a-fA-F]{1,4}$/;
