// Objects behind what an ICMP error quotes (RFC 4884): a label stack (RFC 4950), an interface (RFC 5837, RFC 8335).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';

const CLASS_WORDS = { 1: 'MPLS label stack', 2: 'Interface', 3: 'Interface to identify' };

const EXT = field('icmp.ext', 'Extensions', 'none');
const VERSION = field('icmp.ext.version', 'Version', 'uint');
const CHECKSUM = field('icmp.ext.checksum', 'Checksum', 'uint', { hexDigits: 4 });
const LENGTH = field('icmp.ext.length', 'Length', 'uint');
const CLASS = field('icmp.ext.class', 'Class', 'uint', { words: CLASS_WORDS });
const CTYPE = field('icmp.ext.ctype', 'Type in its class', 'uint');
const LABEL = field('icmp.mpls.label', 'Label', 'uint');
const EXP = field('icmp.mpls.exp', 'Traffic class', 'uint');
const BOTTOM = field('icmp.mpls.s', 'Bottom of the stack', 'boolean');
const TTL = field('icmp.mpls.ttl', 'Time to live', 'uint');

export const FIELDS = [EXT, VERSION, CHECKSUM, LENGTH, CLASS, CTYPE, LABEL, EXP, BOTTOM, TTL];

const HEADER_BYTES = 4;
const MPLS = 1;

/** Adds what was captured of them; a quoted packet that comes after is not held up. */
export function addIcmpExtensions(d: Dissection, at: number, end: number): void {
  if (end - at < HEADER_BYTES || !d.has(at, 1)) return;
  d.add(EXT, at, end - at, null);
  d.open();
  d.bits(VERSION, at, 1, 0xf0);
  if (d.has(at, HEADER_BYTES)) addObjects(d, at, end);
  d.close();
}

function addObjects(d: Dissection, at: number, end: number): void {
  d.uint(CHECKSUM, at + 2, 2);
  // None of them, where the capture ends among them.
  if (!d.has(at, end - at)) return;
  let from = at + HEADER_BYTES;
  while (from < end && d.has(from, HEADER_BYTES)) {
    const length = d.uint(LENGTH, from, 2);
    const kind = d.uint(CLASS, from + 2, 1);
    d.uint(CTYPE, from + 3, 1);
    if (length < HEADER_BYTES) break;
    for (let entry = from + 4; kind === MPLS && entry + 4 <= from + length && d.has(entry, 4); entry += 4) {
      d.add(LABEL, entry, 3, d.u32(entry) >>> 12);
      d.bits(EXP, entry + 2, 1, 0x0e);
      d.bits(BOTTOM, entry + 2, 1, 0x01);
      d.uint(TTL, entry + 3, 1);
    }
    from += length;
  }
}
