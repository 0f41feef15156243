// GRE (RFC 2784, key and sequence RFC 2890, source routes RFC 1701), and PPTP's version of it (RFC 2637).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { ETHER_TYPE_WORDS } from './numbers.ts';

const GRE = field('gre', 'GRE', 'protocol');
const FLAGS = field('gre.flags_and_version', 'Flags and version', 'uint', { hexDigits: 4 });
const HAS_CHECKSUM = field('gre.flags.checksum', 'Has a checksum', 'boolean');
const HAS_ROUTING = field('gre.flags.routing', 'Has a source route', 'boolean');
const HAS_KEY = field('gre.flags.key', 'Has a key', 'boolean');
const HAS_SEQUENCE = field('gre.flags.sequence_number', 'Has a sequence number', 'boolean');
const HAS_ACK = field('gre.flags.ack', 'Has an acknowledgement', 'boolean');
const VERSION = field('gre.flags.version', 'Version', 'uint', { words: { 0: 'GRE', 1: 'PPTP' } });
const PROTO = field('gre.proto', 'Protocol', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const CHECKSUM = field('gre.checksum', 'Checksum', 'uint', { hexDigits: 4 });
const OFFSET = field('gre.offset', 'Offset', 'uint');
const KEY = field('gre.key', 'Key', 'uint', { hexDigits: 8 });
const PAYLOAD_LENGTH = field('gre.key.payload_length', 'Payload length', 'uint');
const CALL = field('gre.key.call_id', 'Call', 'uint');
const SEQUENCE = field('gre.sequence_number', 'Sequence number', 'uint');
const ACK = field('gre.ack_number', 'Acknowledgement number', 'uint');
const FAMILY = field('gre.routing.address_family', 'Address family', 'uint');
const ROUTE_OFFSET = field('gre.routing.sre_offset', 'Offset of the next stop', 'uint');
const ROUTE_LENGTH = field('gre.routing.src_length', 'Length of the route', 'uint');

export const FIELDS = [
  ...[GRE, FLAGS, HAS_CHECKSUM, HAS_ROUTING, HAS_KEY, HAS_SEQUENCE, HAS_ACK, VERSION, PROTO, CHECKSUM],
  ...[OFFSET, KEY, PAYLOAD_LENGTH, CALL, SEQUENCE, ACK, FAMILY, ROUTE_OFFSET, ROUTE_LENGTH],
];

const PPTP = 1;
const PPP = 0x880b;
const WCCP = 0x883e;
const IPV4 = 0x0800;

export function dissectGre(d: Dissection, at: number, end: number): void {
  d.layer(GRE, at, 4);
  d.reading(FLAGS);
  d.need(at, 4);
  const flags = d.uint(FLAGS, at, 2);
  const version = flags & 0x0007;
  addFlags(d, at, version);
  const protocol = d.uint(PROTO, at + 2, 2);
  let from = at + 4;
  if ((flags & 0xc000) !== 0) {
    d.uint(CHECKSUM, from, 2);
    d.uint(OFFSET, from + 2, 2);
    from += 4;
  }
  if ((flags & 0x2000) !== 0) {
    if (version === PPTP && protocol === PPP) {
      d.uint(PAYLOAD_LENGTH, from, 2);
      d.uint(CALL, from + 2, 2);
    } else d.uint(KEY, from, 4);
    from += 4;
  }
  if ((flags & 0x1000) !== 0) {
    d.uint(SEQUENCE, from, 4);
    from += 4;
  }
  if (version === PPTP && (flags & 0x0080) !== 0) {
    d.uint(ACK, from, 4);
    from += 4;
  }
  if ((flags & 0x4000) !== 0) from = addRoute(d, from);
  readOn(d, protocol, from, end, flags);
}

function addFlags(d: Dissection, at: number, version: number): void {
  d.open();
  d.bits(HAS_CHECKSUM, at, 2, 0x8000);
  d.bits(HAS_ROUTING, at, 2, 0x4000);
  d.bits(HAS_KEY, at, 2, 0x2000);
  d.bits(HAS_SEQUENCE, at, 2, 0x1000);
  if (version === PPTP) d.bits(HAS_ACK, at, 2, 0x0080);
  d.bits(VERSION, at, 2, 0x0007);
  d.close();
}

/** A family of 0 ends the list of stops. */
function addRoute(d: Dissection, at: number): number {
  let from = at;
  for (;;) {
    const family = d.uint(FAMILY, from, 2);
    d.uint(ROUTE_OFFSET, from + 2, 1);
    const length = d.uint(ROUTE_LENGTH, from + 3, 1);
    from += 4 + length;
    if (family === 0) return from;
  }
}

/** WCCP puts a header of its own before the packet, except where that is one of IPv4 already. */
function readOn(d: Dissection, protocol: number, at: number, end: number, flags: number): void {
  if (protocol === WCCP) {
    const header = d.has(at, 1) && d.u8(at) >> 4 !== 4 ? 4 : 0;
    d.next('etherType', IPV4, at + header, end);
  } else d.next('greProtocol', protocol, at, end, flags);
}
