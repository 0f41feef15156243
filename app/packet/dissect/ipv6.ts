// IPv6 (RFC 8200).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { IP_VERSION } from './ip-version.ts';
import { MALFORMED } from './marks.ts';
import { ECN_WORDS, IP_PROTOCOL_WORDS } from './numbers.ts';

const IPV6 = field('ipv6', 'Internet Protocol version 6', 'protocol');
const VERSION = field('ipv6.version', 'Version', 'uint', { also: [IP_VERSION] });
const TCLASS = field('ipv6.tclass', 'Traffic class', 'uint', { hexDigits: 8 });
const DSCP = field('ipv6.tclass.dscp', 'Codepoint', 'uint');
const ECN = field('ipv6.tclass.ecn', 'Congestion', 'uint', { words: ECN_WORDS });
const FLOW = field('ipv6.flow', 'Flow label', 'uint', { hexDigits: 6 });
const PLEN = field('ipv6.plen', 'Payload length', 'uint');
const NXT = field('ipv6.nxt', 'Next header', 'uint', { words: IP_PROTOCOL_WORDS });
const HLIM = field('ipv6.hlim', 'Hop limit', 'uint');
const ADDR = field('ipv6.addr', 'Source or destination address', 'ipv6');
const HOST = field('ipv6.host', 'Source or destination host', 'ipv6');
const SRC = field('ipv6.src', 'Source address', 'ipv6', { also: [ADDR, HOST] });
const DST = field('ipv6.dst', 'Destination address', 'ipv6', { also: [ADDR, HOST] });

export const FIELDS = [...[IPV6, VERSION, TCLASS, DSCP, ECN, FLOW, PLEN, NXT, HLIM, ADDR, HOST, SRC, DST]];

const HEADER_BYTES = 40;
const HOP_BY_HOP = 0;
const JUMBO = 0xc2;
/** RFC 2675 §3: a shorter payload has its length in the header. */
const SHORTEST_JUMBO = 65_536;

export function dissectIpv6(d: Dissection, at: number, end: number): void {
  d.layer(IPV6, at, HEADER_BYTES);
  const version = d.bits(VERSION, at, 1, 0xf0);
  if (version !== 6) {
    d.add(MALFORMED, at, 1, null);
    d.say(`Malformed: IPv6 of version ${version}`);
    d.next('data', 0, at, end);
    return;
  }
  d.bits(TCLASS, at, 4, 0x0ff00000);
  d.open();
  d.bits(DSCP, at, 4, 0x0fc00000);
  d.bits(ECN, at, 4, 0x00300000);
  d.close();
  d.add(FLOW, at + 1, 3, d.u32(at) & 0x000fffff);
  d.reading(NXT);
  d.need(at, 7);
  const said = d.u16(at + 4);
  const length = said === 0 ? jumboLength(d, at) : said;
  d.add(PLEN, at + 4, 2, length);
  const next = d.uint(NXT, at + 6, 1);
  d.uint(HLIM, at + 7, 1);
  d.ipv6(SRC, at + 8);
  d.ipv6(DST, at + 24);
  d.fragment = false;
  d.addressesAt = at + 8;
  d.addressBytes = 16;
  const payloadAt = at + HEADER_BYTES;
  d.limit(payloadAt + length);
  d.next('ipProtocol', next, payloadAt, d.wireEnd);
}

/** Of a jumbogram the length is an option; it is the first one where it is there at all. */
function jumboLength(d: Dissection, at: number): number {
  const options = at + HEADER_BYTES;
  if (!d.has(at, 7) || d.u8(at + 6) !== HOP_BY_HOP || !d.has(options, 8)) return 0;
  if (d.u8(options + 2) !== JUMBO || d.u8(options + 3) !== 4) return 0;
  const length = d.u32(options + 4);
  return length < SHORTEST_JUMBO ? 0 : length;
}
