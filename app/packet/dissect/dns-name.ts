// Domain names in messages (RFC 1035 §3.1, §4.1.4): labels, and pointers to where a name goes on earlier.
import type { Dissection } from './dissection.ts';

/** One message: where it begins, which is what its pointers count from. */
export interface DnsMessage {
  readonly d: Dissection;
  readonly at: number;
  /** Labels from which on a name ends as it should, but is too long already. */
  readonly tooLongFrom: Set<number>;
}

export interface DnsName {
  /** Bytes that it takes where it stands. */
  readonly length: number;
  readonly text: string;
  /** Of the name said in full, with its dots, before anything in it is escaped. */
  readonly bytes: number;
}

/** §2.3.4, labels with their lengths. */
const LONGEST_NAME = 255;
/** No name has as many labels, and a pointer to a pointer is rare. */
const MAX_POINTERS = 256;

// As tshark says it, so that filters written for it find them.
const ROOT = '<Root>';
const LOOP = '<Name contains a pointer that loops>';
const TOO_LONG = '<Name too long>';
const EXTENDED = '<Unknown extended label>';

export function dnsMessage(d: Dissection, at: number): DnsMessage {
  return { d, at, tooLongFrom: new Set() };
}

export function readName(message: DnsMessage, at: number): DnsName {
  const { d } = message;
  const labels: string[] = [];
  const places: number[] = [];
  let wire = 1;
  let length = 0;
  let pointers = 0;
  let next = at;
  for (;;) {
    if (pointers > 0 && message.tooLongFrom.has(next))
      return { length, text: TOO_LONG, bytes: TOO_LONG.length };
    const labelAt = next;
    const first = d.u8(next);
    next += 1;
    if (first >= 0xc0) {
      const target = message.at + ((first & 0x3f) << 8) + d.u8(next);
      if (pointers === 0) length = next + 1 - at;
      pointers += 1;
      if (pointers > MAX_POINTERS || target === next - 1) return { length, text: LOOP, bytes: LOOP.length };
      next = target;
      continue;
    }
    if (first >= 0x80) d.fail();
    if (first >= 0x40) {
      // Labels of another kind (RFC 2673), which came to nothing (RFC 6891 §5).
      if (next - at < 2) d.fail();
      return { length: next - at, text: EXTENDED, bytes: EXTENDED.length };
    }
    if (first === 0) break;
    d.need(next, first);
    places.push(labelAt);
    wire += first + 1;
    if (wire <= LONGEST_NAME) labels.push(labelText(d.bytes(next, first)));
    next += first;
  }
  if (pointers === 0) length = next - at;
  if (wire > LONGEST_NAME) {
    noteTooLong(message, places);
    return { length, text: TOO_LONG, bytes: TOO_LONG.length };
  }
  if (labels.length === 0) return { length, text: ROOT, bytes: ROOT.length };
  return { length, text: labels.join('.'), bytes: wire - 2 };
}

/** So that names which share an end do not cost it again and again. */
function noteTooLong({ d, tooLongFrom }: DnsMessage, places: readonly number[]): void {
  let wire = 1;
  for (let index = places.length - 1; index >= 0; index -= 1) {
    const at = places[index] ?? 0;
    wire += d.u8(at) + 1;
    if (wire > LONGEST_NAME) tooLongFrom.add(at);
  }
}

const SHORT_ESCAPES = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
]);
const REPLACEMENT = '\ufffd';

/** A label's bytes as UTF-8, as tshark prints them: what cannot be printed as an escape. */
function labelText(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    at += 1;
    if (first < 0x80) {
      text += asciiText(first);
      continue;
    }
    // Lengths as UTF-8 once had them (RFC 2279), up to six bytes.
    const more = first >= 0xfe ? -1 : Math.clz32(~(first << 24)) - 1;
    let code = first & (0x3f >> more);
    let read = 0;
    for (; read < more && ((bytes[at] ?? 0) & 0xc0) === 0x80; read += 1, at += 1)
      code = code * 0x40 + ((bytes[at] ?? 0) & 0x3f);
    text += more < 1 || read < more ? REPLACEMENT : characterText(code);
  }
  return text;
}

function asciiText(code: number): string {
  if (code >= 0x20 && code < 0x7f) return String.fromCharCode(code);
  return SHORT_ESCAPES.get(code) ?? `\\${code.toString(8).padStart(3, '0')}`;
}

/** Beyond ASCII. */
function characterText(code: number): string {
  if (code > 0x10_ffff || (code >= 0xd800 && code < 0xe000)) return REPLACEMENT;
  const character = String.fromCodePoint(code);
  if (!/[\p{Cc}\p{Cf}\p{Cn}]/u.test(character)) return character;
  const digits = code.toString(16).toUpperCase();
  return code > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}
