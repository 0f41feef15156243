// The routing header's kinds: of addresses (RFC 2460 §4.4, deprecated by RFC 5095), of mobile nodes (RFC 6275 §6.4), of RPL
// (RFC 6554), of segment routing (RFC 8754).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';

const TYPE_WORDS = { 0: 'Source route, deprecated', 2: 'Mobile node', 3: 'RPL', 4: 'Segment routing' };

const TYPE = field('ipv6.routing.type', 'Type', 'uint', { words: TYPE_WORDS });
const LEFT = field('ipv6.routing.segleft', 'Segments left', 'uint');
const SOURCE_RESERVED = field('ipv6.routing.src.reserved', 'Reserved', 'bytes');
const SOURCE_ADDR = field('ipv6.routing.src.addr', 'Address', 'ipv6');
const MOBILE_RESERVED = field('ipv6.routing.mipv6.reserved', 'Reserved', 'bytes');
const HOME = field('ipv6.routing.mipv6.home_address', 'Home address', 'ipv6');
const LAST = field('ipv6.routing.srh.last_entry', 'Last entry', 'uint');
const FLAGS = field('ipv6.routing.srh.flags', 'Flags', 'uint', { hexDigits: 2 });
const TAG = field('ipv6.routing.srh.tag', 'Tag', 'bytes');
const SEGMENT = field('ipv6.routing.srh.addr', 'Segment', 'ipv6');
const RPL_INTERNAL = field('ipv6.routing.rpl.cmprI', 'Bytes left out of addresses', 'uint');
const RPL_FINAL = field('ipv6.routing.rpl.cmprE', 'Bytes left out of the last address', 'uint');
const RPL_PAD = field('ipv6.routing.rpl.pad', 'Padding', 'uint');
const UNKNOWN = field('ipv6.routing.unknown_data', 'Content', 'bytes');

export const FIELDS = [
  ...[
    TYPE,
    LEFT,
    SOURCE_RESERVED,
    SOURCE_ADDR,
    MOBILE_RESERVED,
    HOME,
    LAST,
    FLAGS,
    TAG,
    SEGMENT,
    RPL_INTERNAL,
    RPL_FINAL,
    RPL_PAD,
    UNKNOWN,
  ],
];

const ADDRESS_BYTES = 16;

/** @param at where the extension header begins. */
export function addRouting(d: Dissection, at: number, end: number): void {
  const type = d.uint(TYPE, at + 2, 1);
  d.uint(LEFT, at + 3, 1);
  const rest = at + 4;
  if (type === 0) {
    d.view(SOURCE_RESERVED, rest, 4);
    for (let from = rest + 4; from + ADDRESS_BYTES <= end; from += ADDRESS_BYTES) d.ipv6(SOURCE_ADDR, from);
  } else if (type === 2) {
    d.view(MOBILE_RESERVED, rest, 4);
    d.ipv6(HOME, rest + 4);
  } else if (type === 4) {
    const last = d.uint(LAST, rest, 1);
    d.uint(FLAGS, rest + 1, 1);
    d.view(TAG, rest + 2, 2);
    let from = rest + 4;
    for (let index = 0; index <= last && from + ADDRESS_BYTES <= end; index += 1) {
      d.ipv6(SEGMENT, from);
      from += ADDRESS_BYTES;
    }
  } else if (type === 3) {
    d.bits(RPL_INTERNAL, rest, 4, 0xf0000000);
    d.bits(RPL_FINAL, rest, 4, 0x0f000000);
    d.bits(RPL_PAD, rest, 4, 0x00f00000);
    d.need(rest, end - rest);
  } else {
    d.view(UNKNOWN, rest, end - rest);
  }
}
