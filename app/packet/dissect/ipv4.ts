// IPv4 (RFC 791), with the bits that RFC 2474 and RFC 3168 made of the type of service.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { IP_VERSION } from './ip-version.ts';
import { CURRENT, DST, FIELDS as ADDRESS_FIELDS, SRC } from './ipv4-addresses.ts';
import { addIpv4Options, FIELDS as OPTION_FIELDS, routeIsPending } from './ipv4-options.ts';
import { MALFORMED } from './marks.ts';
import { ECN_WORDS, IP_PROTOCOL_WORDS } from './numbers.ts';

const IP = field('ip', 'Internet Protocol version 4', 'protocol');
const HDR_LEN = field('ip.hdr_len', 'Header length', 'uint');
const DSFIELD = field('ip.dsfield', 'Differentiated services', 'uint', { hexDigits: 2 });
const DSCP = field('ip.dsfield.dscp', 'Codepoint', 'uint');
const ECN = field('ip.dsfield.ecn', 'Congestion', 'uint', { words: ECN_WORDS });
const LEN = field('ip.len', 'Total length', 'uint');
const ID = field('ip.id', 'Identification', 'uint', { hexDigits: 4 });
const FLAGS = field('ip.flags', 'Flags', 'uint', { hexDigits: 2 });
const RB = field('ip.flags.rb', 'Reserved', 'boolean');
const DF = field('ip.flags.df', 'Don’t fragment', 'boolean');
const MF = field('ip.flags.mf', 'More fragments', 'boolean');
const FRAG_OFFSET = field('ip.frag_offset', 'Fragment offset, in 8 bytes', 'uint');
const TTL = field('ip.ttl', 'Time to live', 'uint');
const PROTO = field('ip.proto', 'Protocol', 'uint', { words: IP_PROTOCOL_WORDS });
const CHECKSUM = field('ip.checksum', 'Header checksum', 'uint', { hexDigits: 4 });

export const FIELDS = [
  ...[IP, IP_VERSION, HDR_LEN, DSFIELD, DSCP, ECN, LEN, ID, FLAGS, RB, DF, MF, FRAG_OFFSET],
  ...[TTL, PROTO, CHECKSUM, ...ADDRESS_FIELDS, ...OPTION_FIELDS],
];

const HEADER_BYTES = 20;
const IPV6 = 0x86dd;

export function dissectIpv4(d: Dissection, at: number, end: number): void {
  const header = d.has(at, 1) ? (d.u8(at) & 0x0f) * 4 : HEADER_BYTES;
  d.layer(IP, at, header);
  const version = d.bits(IP_VERSION, at, 1, 0xf0);
  if (version === 6) {
    d.next('etherType', IPV6, at, end);
    return;
  }
  if (version !== 4) {
    malformed(d, at, `IP of version ${version}, which does not exist`);
    return;
  }
  const headerLength = (d.u8(at) & 0x0f) * 4;
  d.add(HDR_LEN, at, 1, headerLength);
  if (headerLength < HEADER_BYTES) {
    malformed(d, at, `a header of ${headerLength} bytes, and none is shorter than 20`);
    return;
  }
  addServices(d, at + 1);
  // Segmentation offload leaves 0 where the length is more than 65,535, or not yet known.
  const said = d.u16(at + 2);
  const length = said === 0 ? end - at : said;
  d.add(LEN, at + 2, 2, length);
  if (said !== 0 && said < headerLength) {
    malformed(d, at + 2, 'a total length that is less than the header’s');
    return;
  }
  d.uint(ID, at + 4, 2);
  const offset = addFragment(d, at + 6);
  d.uint(TTL, at + 8, 1);
  const protocol = d.uint(PROTO, at + 9, 1);
  d.uint(CHECKSUM, at + 10, 2);
  d.ipv4(SRC, at + 12);
  const optionsAt = at + HEADER_BYTES;
  const payloadAt = at + headerLength;
  d.ipv4(routeIsPending(d, optionsAt, payloadAt) ? CURRENT : DST, at + 16);
  d.addressesAt = at + 12;
  d.addressBytes = 4;
  d.limit(at + length);
  if (payloadAt > optionsAt) {
    d.need(optionsAt, payloadAt - optionsAt);
    addIpv4Options(d, optionsAt, payloadAt);
  }
  if (offset === 0) d.next('ipProtocol', protocol, payloadAt, d.wireEnd);
  else d.next('data', 0, payloadAt, d.wireEnd);
}

function addServices(d: Dissection, at: number): void {
  d.uint(DSFIELD, at, 1);
  d.open();
  d.bits(DSCP, at, 1, 0xfc);
  d.bits(ECN, at, 1, 0x03);
  d.close();
}

/** Where in the packet that was cut up this piece begins. */
function addFragment(d: Dissection, at: number): number {
  d.reading(FLAGS);
  d.need(at, 2);
  d.bits(FLAGS, at, 1, 0xe0);
  d.open();
  d.bits(RB, at, 1, 0x80);
  d.bits(DF, at, 1, 0x40);
  d.fragment = d.bits(MF, at, 1, 0x20) === 1;
  d.close();
  return d.bits(FRAG_OFFSET, at, 2, 0x1fff);
}

function malformed(d: Dissection, at: number, what: string): void {
  d.add(MALFORMED, at, 2, null);
  d.say(`Malformed: ${what}`);
}
