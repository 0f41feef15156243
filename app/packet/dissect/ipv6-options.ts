// Options of IPv6's hop-by-hop and destination headers (RFC 8200 §4.2; https://www.iana.org/assignments/ipv6-parameters).
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';

const ACTION_WORDS = {
  0: 'Skip it',
  1: 'Drop the packet',
  2: 'Drop and say so',
  3: 'Drop, say so if not multicast',
};
const TYPE_WORDS = {
  0x00: 'Padding of one byte',
  0x01: 'Padding',
  0x04: 'Tunnel encapsulation limit',
  0x05: 'Router alert',
  0x07: 'CALIPSO',
  0x26: 'Quick start',
  0x63: 'RPL',
  0xc2: 'Jumbo payload',
  0xc9: 'Home address',
};

const OPT = field('ipv6.opt', 'Option', 'none');
const TYPE = field('ipv6.opt.type', 'Type', 'uint', { hexDigits: 2, words: TYPE_WORDS });
const ACTION = field('ipv6.opt.type.action', 'Who does not know it', 'uint', { words: ACTION_WORDS });
const CHANGE = field('ipv6.opt.type.change', 'May change on the way', 'boolean');
const REST = field('ipv6.opt.type.rest', 'Number', 'uint', { hexDigits: 2 });
const LENGTH = field('ipv6.opt.length', 'Length', 'uint');
const PAD1 = field('ipv6.opt.pad1', 'Padding', 'bytes');
const PADN = field('ipv6.opt.padn', 'Padding', 'bytes');
const LIMIT = field('ipv6.opt.tel', 'Tunnel encapsulation limit', 'uint');
const ALERT = field('ipv6.opt.router_alert', 'Router alert', 'uint', {
  words: { 0: 'Multicast listener discovery', 1: 'RSVP', 2: 'Active networks' },
});
const JUMBO = field('ipv6.opt.jumbo', 'Payload length', 'uint');
const HOME = field('ipv6.opt.mipv6.home_address', 'Home address', 'ipv6');
const EXPERIMENTAL = field('ipv6.opt.experimental', 'Experimental', 'bytes');
const UNKNOWN = field('ipv6.opt.unknown', 'Content', 'bytes');

export const FIELDS = [
  ...[OPT, TYPE, ACTION, CHANGE, REST, LENGTH, PAD1, PADN, LIMIT, ALERT, JUMBO, HOME, EXPERIMENTAL, UNKNOWN],
];

const PADDING_OF_ONE = 0x00;
const PADDING = 0x01;
/** What options of a known type hold, and how many bytes that is. */
const CONTENTS = new Map<number, { readonly of: Field; readonly bytes: number }>([
  [0x04, { of: LIMIT, bytes: 1 }],
  [0x05, { of: ALERT, bytes: 2 }],
  [0xc2, { of: JUMBO, bytes: 4 }],
  [0xc9, { of: HOME, bytes: 16 }],
]);
/** Known, but told as a type and a length alone. */
const NOT_READ: ReadonlySet<number> = new Set([0x07, 0x08, 0x23, 0x26, 0x63, 0x6d, 0x8a, 0x8b, 0x8c]);
const EXPERIMENTAL_NUMBER = 0x1e;

export function addIpv6Options(d: Dissection, at: number, end: number): void {
  let from = at;
  while (from < end) {
    d.reading(TYPE);
    const type = d.u8(from);
    if (type === PADDING_OF_ONE) {
      d.add(OPT, from, 1, null);
      d.open();
      addType(d, from);
      d.view(PAD1, from, 1);
      d.close();
      from += 1;
      continue;
    }
    d.need(from, 2);
    d.add(OPT, from, 2, null);
    d.open();
    addType(d, from);
    const length = d.uint(LENGTH, from + 1, 1);
    addContent(d, type, from + 2, length);
    if (from + 2 + length > end) d.fail();
    d.close();
    from += 2 + length;
  }
}

function addType(d: Dissection, at: number): void {
  d.uint(TYPE, at, 1);
  d.open();
  d.bits(ACTION, at, 1, 0xc0);
  d.bits(CHANGE, at, 1, 0x20);
  d.bits(REST, at, 1, 0x1f);
  d.close();
}

function addContent(d: Dissection, type: number, at: number, length: number): void {
  const known = CONTENTS.get(type);
  if (type === PADDING && length === 0) return;
  if (type === PADDING) d.view(PADN, at, length);
  else if (known?.of === HOME && length >= 16) d.ipv6(HOME, at);
  else if (known !== undefined && known.of !== HOME && length >= known.bytes)
    d.uint(known.of, at, known.bytes);
  else if (NOT_READ.has(type)) d.need(at, length);
  else d.view((type & 0x1f) === EXPERIMENTAL_NUMBER ? EXPERIMENTAL : UNKNOWN, at, length);
}
