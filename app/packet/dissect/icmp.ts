// ICMP (RFC 792), with router discovery (RFC 1256), path MTU (RFC 1191), extensions (RFC 4884) and extended echo (RFC 8335).
// Errors quote the beginning of the packet that they are about.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { addIcmpExtensions, FIELDS as EXTENSION_FIELDS } from './icmp-extensions.ts';
import { ICMP_TYPE_WORDS, icmpCodeWords } from './icmp-words.ts';

const ICMP = field('icmp', 'ICMP', 'protocol');
const TYPE = field('icmp.type', 'Type', 'uint', { words: ICMP_TYPE_WORDS });
const CODE = field('icmp.code', 'Code', 'uint');
const CHECKSUM = field('icmp.checksum', 'Checksum', 'uint', { hexDigits: 4 });
const IDENT = field('icmp.ident', 'Identifier', 'uint');
const IDENT_LE = field('icmp.ident_le', 'Identifier, read as little-endian', 'uint');
const SEQ = field('icmp.seq', 'Sequence number', 'uint');
const SEQ_LE = field('icmp.seq_le', 'Sequence number, read as little-endian', 'uint');
const UNUSED = field('icmp.unused', 'Unused', 'bytes');
const LENGTH = field('icmp.length', 'Length of the quoted packet, in 4 bytes', 'uint');
const ORIGINAL = field('icmp.length.original_datagram', 'Length of the quoted packet', 'uint');
const MTU = field('icmp.mtu', 'MTU of the next hop', 'uint');
const GATEWAY = field('icmp.redir_gw', 'Better gateway', 'ipv4');
const POINTER = field('icmp.pointer', 'Pointer to the mistake', 'uint');
const NUM_ADDRS = field('icmp.num_addrs', 'Routers', 'uint');
const ENTRY_SIZE = field('icmp.addr_entry_size', 'Size of an entry, in 4 bytes', 'uint');
const LIFETIME = field('icmp.lifetime', 'Lifetime, in seconds', 'uint');
const ROUTER = field('icmp.router_address', 'Router', 'ipv4');
const PREFERENCE = field('icmp.pref_level', 'Preference', 'int');
const ORIGINATE = field('icmp.originate_timestamp', 'Sent, in ms of the day', 'uint');
const RECEIVE = field('icmp.receive_timestamp', 'Received, in ms of the day', 'uint');
const TRANSMIT = field('icmp.transmit_timestamp', 'Sent back, in ms of the day', 'uint');
const MASK = field('icmp.address_mask', 'Address mask', 'ipv4');
const EXT_SEQ = field('icmp.ext.echo.seq', 'Sequence number', 'uint');
const EXT_LOCAL = field('icmp.ext.echo.req.local', 'Asked of the node itself', 'boolean');
const EXT_STATE = field('icmp.ext.echo.rsp.state', 'State', 'uint');
const EXT_ACTIVE = field('icmp.ext.echo.rsp.active', 'Active', 'boolean');
const EXT_IPV4 = field('icmp.ext.echo.rsp.ipv4', 'Has IPv4', 'boolean');
const EXT_IPV6 = field('icmp.ext.echo.rsp.ipv6', 'Has IPv6', 'boolean');

export const FIELDS = [
  ...[ICMP, TYPE, CODE, CHECKSUM, IDENT, IDENT_LE, SEQ, SEQ_LE, UNUSED, LENGTH, ORIGINAL, MTU, GATEWAY],
  ...[POINTER, NUM_ADDRS, ENTRY_SIZE, LIFETIME, ROUTER, PREFERENCE, ORIGINATE, RECEIVE, TRANSMIT, MASK],
  ...[EXT_SEQ, EXT_LOCAL, EXT_STATE, EXT_ACTIVE, EXT_IPV4, EXT_IPV6, ...EXTENSION_FIELDS],
];

const HEADER_BYTES = 8;
const IPV4 = 0x0800;
const UNREACHABLE = 3;
const FRAGMENTATION_NEEDED = 4;
const TIME_EXCEEDED = 11;
const PARAMETER_PROBLEM = 12;

export function dissectIcmp(d: Dissection, at: number, end: number): void {
  d.layer(ICMP, at, HEADER_BYTES);
  d.reading(CHECKSUM);
  d.need(at, 6);
  const type = d.uint(TYPE, at, 1);
  const code = d.uint(CODE, at + 1, 1);
  const words = icmpCodeWords(type, code);
  if (words !== null) d.say(`Code: ${code}, ${words}`);
  d.uint(CHECKSUM, at + 2, 2);
  const rest = at + 4;
  const body = at + HEADER_BYTES;
  switch (type) {
    case 0:
    case 8:
      addIdentifier(d, rest);
      d.next('data', 0, body, end);
      break;
    case UNREACHABLE:
    case TIME_EXCEEDED:
    case PARAMETER_PROBLEM:
      addError(d, rest, type, code);
      quote(d, body, end, (d.has(rest + 1, 1) ? d.u8(rest + 1) : 0) * 4);
      break;
    case 4:
      quote(d, body, end, 0);
      break;
    case 5:
      d.ipv4(GATEWAY, rest);
      quote(d, body, Math.min(end, endOfRedirected(d, body)), 0);
      break;
    case 9:
      addRouters(d, rest, end);
      break;
    case 13:
    case 14:
      addIdentifier(d, rest);
      d.uint(ORIGINATE, body, 4);
      d.uint(RECEIVE, body + 4, 4);
      d.uint(TRANSMIT, body + 8, 4);
      break;
    case 15:
    case 16:
      addIdentifier(d, rest);
      break;
    case 17:
    case 18:
      addIdentifier(d, rest);
      d.ipv4(MASK, body);
      break;
    case 42:
    case 43:
      addExtendedEcho(d, rest, end, type);
      break;
  }
}

function addIdentifier(d: Dissection, at: number): void {
  d.uint(IDENT, at, 2);
  d.add(IDENT_LE, at, 2, d.u8(at) | (d.u8(at + 1) << 8));
  d.uint(SEQ, at + 2, 2);
  d.add(SEQ_LE, at + 2, 2, d.u8(at + 2) | (d.u8(at + 3) << 8));
}

function addError(d: Dissection, at: number, type: number, code: number): void {
  const words = d.has(at + 1, 1) ? d.u8(at + 1) : 0;
  if (type === PARAMETER_PROBLEM) d.uint(POINTER, at, 1);
  else if (words > 0 || type === UNREACHABLE) {
    if (words > 0) d.view(UNUSED, at, 1);
    else d.view(UNUSED, at, code === FRAGMENTATION_NEEDED ? 2 : 4);
  } else d.view(UNUSED, at, 4);
  if (words > 0) {
    d.uint(LENGTH, at + 1, 1);
    d.add(ORIGINAL, at + 1, 1, words * 4);
  } else if (type === PARAMETER_PROBLEM) d.view(UNUSED, at + 1, 3);
  if (type === UNREACHABLE && code === FRAGMENTATION_NEEDED) d.uint(MTU, at + 2, 2);
  else if (words > 0) d.view(UNUSED, at + 2, 2);
}

/** RFC 792: a redirect quotes eight bytes beyond the IP header; what senders of today add to them is not read. */
function endOfRedirected(d: Dissection, at: number): number {
  return at + (d.has(at, 1) ? (d.u8(at) & 0x0f) * 4 : 0) + 8;
}

/** The quoted packet, and behind its `length` bytes, where that is given, extensions. */
function quote(d: Dissection, at: number, end: number, length: number): void {
  const quotedEnd = length > 0 ? Math.min(end, at + length) : end;
  if (length > 0 && at < end) d.need(at, Math.min(4, end - at));
  if (quotedEnd < end) addIcmpExtensions(d, quotedEnd, end);
  d.quoted = true;
  d.next('etherType', IPV4, at, quotedEnd);
}

function addRouters(d: Dissection, at: number, end: number): void {
  const routers = d.uint(NUM_ADDRS, at, 1);
  const words = d.uint(ENTRY_SIZE, at + 1, 1);
  d.uint(LIFETIME, at + 2, 2);
  if (words < 2) return;
  let from = at + 4;
  for (let router = 0; router < routers && from < end; router += 1) {
    d.ipv4(ROUTER, from);
    d.add(PREFERENCE, from + 4, 4, d.u32(from + 4) | 0);
    from += words * 4;
  }
}

function addExtendedEcho(d: Dissection, at: number, end: number, type: number): void {
  d.uint(IDENT, at, 2);
  d.add(IDENT_LE, at, 2, d.u8(at) | (d.u8(at + 1) << 8));
  d.uint(EXT_SEQ, at + 2, 1);
  if (type === 42) {
    d.bits(EXT_LOCAL, at + 3, 1, 0x01);
    addIcmpExtensions(d, at + 4, end);
    return;
  }
  d.bits(EXT_STATE, at + 3, 1, 0xe0);
  d.bits(EXT_ACTIVE, at + 3, 1, 0x04);
  d.bits(EXT_IPV4, at + 3, 1, 0x02);
  d.bits(EXT_IPV6, at + 3, 1, 0x01);
}
