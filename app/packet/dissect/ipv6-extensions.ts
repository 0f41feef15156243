// Extension headers of IPv6 (RFC 8200 §4): the next header's number first, then a length in units of 8 bytes.
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';
import { addIpv6Options, FIELDS as OPTION_FIELDS } from './ipv6-options.ts';
import { addRouting, FIELDS as ROUTING_FIELDS } from './ipv6-routing.ts';
import { IP_PROTOCOL_WORDS } from './numbers.ts';

interface Extension {
  readonly layer: Field;
  readonly next: Field;
  readonly len: Field;
  readonly bytes: Field;
}

const extension = (name: string, label: string): Extension => ({
  layer: field(`ipv6.${name}`, label, 'protocol'),
  next: field(`ipv6.${name}.nxt`, 'Next header', 'uint', { words: IP_PROTOCOL_WORDS }),
  len: field(`ipv6.${name}.len`, 'Length, in 8 bytes beyond the first', 'uint'),
  bytes: field(`ipv6.${name}.len_oct`, 'Length, in bytes', 'uint'),
});

const HOP_BY_HOP = extension('hopopts', 'IPv6 hop-by-hop options');
const DESTINATION = extension('dstopts', 'IPv6 destination options');
const ROUTING = extension('routing', 'IPv6 routing');

const FRAGMENT = field('ipv6.fraghdr', 'IPv6 fragment', 'protocol');
const NXT = field('ipv6.fraghdr.nxt', 'Next header', 'uint', { words: IP_PROTOCOL_WORDS });
const RESERVED = field('ipv6.fraghdr.reserved_octet', 'Reserved', 'uint', { hexDigits: 2 });
const OFFSET = field('ipv6.fraghdr.offset', 'Fragment offset, in 8 bytes', 'uint');
const RESERVED_BITS = field('ipv6.fraghdr.reserved_bits', 'Reserved', 'uint');
const MORE = field('ipv6.fraghdr.more', 'More fragments', 'boolean');
const IDENT = field('ipv6.fraghdr.ident', 'Identification', 'uint', { hexDigits: 8 });

export const FIELDS = [
  ...[HOP_BY_HOP, DESTINATION, ROUTING].flatMap((of) => Object.values(of) as Field[]),
  ...[FRAGMENT, NXT, RESERVED, OFFSET, RESERVED_BITS, MORE, IDENT],
  ...OPTION_FIELDS,
  ...ROUTING_FIELDS,
];

const FRAGMENT_BYTES = 8;

export function dissectHopByHop(d: Dissection, at: number, end: number): void {
  dissectOptions(d, at, end, HOP_BY_HOP);
}

export function dissectDestinationOptions(d: Dissection, at: number, end: number): void {
  dissectOptions(d, at, end, DESTINATION);
}

function dissectOptions(d: Dissection, at: number, end: number, of: Extension): void {
  const bytes = begin(d, at, of);
  addIpv6Options(d, at + 2, at + bytes);
  finish(d, at, bytes, end);
}

export function dissectRouting(d: Dissection, at: number, end: number): void {
  const bytes = begin(d, at, ROUTING);
  addRouting(d, at, at + bytes);
  finish(d, at, bytes, end);
}

/** How long the header is. */
function begin(d: Dissection, at: number, of: Extension): number {
  d.layer(of.layer, at, 8);
  if (of !== ROUTING) {
    d.reading(of.len);
    d.need(at, 2);
  }
  d.uint(of.next, at, 1);
  const units = d.uint(of.len, at + 1, 1);
  const bytes = (units + 1) * 8;
  d.add(of.bytes, at + 1, 1, bytes);
  return bytes;
}

function finish(d: Dissection, at: number, bytes: number, end: number): void {
  d.next('ipProtocol', d.u8(at), at + bytes, end);
}

export function dissectFragment(d: Dissection, at: number, end: number): void {
  d.layer(FRAGMENT, at, FRAGMENT_BYTES);
  d.reading(IDENT);
  d.need(at, FRAGMENT_BYTES);
  const next = d.uint(NXT, at, 1);
  d.uint(RESERVED, at + 1, 1);
  const offset = d.bits(OFFSET, at + 2, 2, 0xfff8);
  d.bits(RESERVED_BITS, at + 2, 2, 0x0006);
  d.fragment = d.bits(MORE, at + 2, 2, 0x0001) === 1;
  d.uint(IDENT, at + 4, 4);
  const payloadAt = at + FRAGMENT_BYTES;
  if (offset === 0) d.next('ipProtocol', next, payloadAt, end);
  else d.next('data', 0, payloadAt, end);
}
