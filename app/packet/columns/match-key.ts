// What two sightings of one packet have in common, wherever between its two ends they were made: what forwarding leaves
// alone, of the innermost packet, whatever tunnels and link headers are around it.
//
// The match bytes, in words of 32 bits, big-endian:
//
//   1. family (4 or 6) << 8 | protocol: that of IPv4's header, or after IPv6's extension headers and an authentication header
//   2. source address (IPv4: one word, IPv6: four)
//   3. destination address (likewise)
//
//   then for TCP whose header is whole and sound, unless it is a fragment beyond the first:
//   4. source port << 16 | destination port
//   5. only if the segment has no payload: sequence number; acknowledgement number; flags (twelve bits); the TSval of the
//      timestamps option (RFC 7323), 0 without one
//      With payload the ranges [sequence, sequence + payloadLength) are compared instead: offloading cuts them differently.
//
//   then for everything else:
//   4. IPv4: identification << 16 | fragment offset (in units of eight bytes); IPv6: the fragment header's identification
//   5. IPv4: total length; IPv6: fragment offset << 16 | payload length
//   6. the first 32 bytes behind the IP header and its extensions, or where a header there contradicts itself: ports, ICMP's identifier among them. Bytes 6 and 7 of
//      UDP, 2 and 3 of ICMP and ICMPv6, 8 to 11 of SCTP are taken as 0: checksums, which offloading leaves unfinished.
//      What is past the packet's end counts as 0.
//
// Nothing more than MATCH_REACH bytes past the beginning of the innermost IP header is looked at: what lies beyond counts as 0,
// so that a capture of at least SNAP_MIN bytes sees the same as one without a limit. Not among them: TTL and hop limit, DSCP, ECN,
// flags of IPv4, flow label, checksums, IP and TCP options but TSval, anything of tunnels and links.
import { Mark } from '../store/marks.ts';
import { IpProtocol } from './ip-protocol.ts';
import { NOWHERE, type PacketHeaders } from './packet-headers.ts';

/** SNAP_MIN (128, in a tunnel 192) less what can lie before the innermost IP header. */
export const MATCH_REACH = 100;

/** One word, two IPv6 addresses, two words of IP, 32 bytes behind it. */
const MAX_WORDS = 1 + 8 + 2 + 8;
/** So many behind the IP header are match bytes of what is not TCP. */
export const LAYER_4_BYTES = 32;
const TCP_HEADER_BYTES = 20;
const NO_OPERATION = 1;
const TIMESTAMPS = 8;
const FRAGMENT_OFFSET = 0x1fff;
/** 2^32 over the golden ratio; the step is even, so that factors stay odd and lose no bit. */
const FIRST_FACTOR = 0x9e3779b1 | 0;
export const FACTOR_STEP = 0x3c6ef362;
const LAST_FACTOR = 0x85ebca6b;

const words = new Int32Array(MAX_WORDS);

/** A hash of the match bytes, never 0; 0 for what is no IP. */
export function matchKey(headers: PacketHeaders): number {
  if (headers.family === 0) return 0;
  const count = collect(headers, words);
  let sum = count;
  for (let index = 0; index < count; index += 1)
    sum = (sum + matchTerm(words[index] ?? 0, matchFactor(index))) | 0;
  return matchHash(sum) >>> 0;
}

/** Of the word at `index`: each has a factor of its own, and none waits for the one before. */
export function matchFactor(index: number): number {
  return (FIRST_FACTOR + Math.imul(index, FACTOR_STEP)) | 0;
}

/** What a word adds to the sum. 0 adds nothing. */
export function matchTerm(word: number, factor: number): number {
  return Math.imul(word ^ (word >>> 15), factor);
}

/** The key, of the number of words and all their terms; signed, as it costs less to pass on. */
export function matchHash(sum: number): number {
  const hash = Math.imul(sum ^ (sum >>> 16), LAST_FACTOR);
  return hash ^ (hash >>> 13) || 1;
}

/** The match bytes themselves, as words; empty for what is no IP. Packets of one key may differ in them. */
export function matchWords(headers: PacketHeaders): Int32Array {
  if (headers.family === 0) return new Int32Array(0);
  const all = new Int32Array(MAX_WORDS);
  return all.subarray(0, collect(headers, all));
}

/** Returns how many words there are. */
function collect(headers: PacketHeaders, into: Int32Array): number {
  const { view, sourceAt, destinationAt, protocol, marks } = headers;
  into[0] = (headers.family << 8) | protocol;
  let count = 1;
  const addressBytes = headers.family === 4 ? 4 : 16;
  for (let at = 0; at < addressBytes; at += 4) into[count++] = view.getInt32(sourceAt + at);
  for (let at = 0; at < addressBytes; at += 4) into[count++] = view.getInt32(destinationAt + at);
  const unread = Mark.truncated | Mark.broken | Mark.laterFragment;
  if (protocol === IpProtocol.tcp && (marks & unread) === 0) return collectTcp(headers, into, count);
  return collectOther(headers, into, count);
}

function collectTcp(headers: PacketHeaders, into: Int32Array, first: number): number {
  const { view, transportAt } = headers;
  into[first] = view.getInt32(transportAt);
  if (headers.payloadLength !== 0) return first + 1;
  into[first + 1] = headers.sequence;
  into[first + 2] = view.getInt32(transportAt + 8);
  into[first + 3] = headers.flags;
  into[first + 4] = timestampIn(view, transportAt, Math.min(headers.end, headers.ipAt + MATCH_REACH));
  return first + 5;
}

/** TSval of the TCP header at `transportAt`; 0 when there is none, or it does not lie before `reach`. */
export function timestampIn(view: DataView, transportAt: number, reach: number): number {
  const headerLength = (view.getUint8(transportAt + 12) >> 4) * 4;
  const end = Math.min(transportAt + headerLength, reach);
  for (let at = transportAt + TCP_HEADER_BYTES; at + 6 <= end;) {
    const kind = view.getUint8(at);
    if (kind === TIMESTAMPS) return view.getInt32(at + 2);
    if (kind === 0) return 0;
    // An option of no length would be read for ever.
    at += kind === NO_OPERATION ? 1 : Math.max(2, view.getUint8(at + 1));
  }
  return 0;
}

function collectOther(headers: PacketHeaders, into: Int32Array, first: number): number {
  const { view, ipAt, fragmentAt, transportAt } = headers;
  let count = first;
  if (headers.family === 4) {
    into[count++] = (view.getUint16(ipAt + 4) << 16) | (view.getUint16(ipAt + 6) & FRAGMENT_OFFSET);
    into[count++] = view.getUint16(ipAt + 2);
  } else {
    into[count++] = fragmentAt === NOWHERE ? 0 : view.getInt32(fragmentAt + 4);
    const offset = fragmentAt === NOWHERE ? 0 : view.getUint16(fragmentAt + 2) >> 3;
    into[count++] = (offset << 16) | view.getUint16(ipAt + 4);
  }
  // Of a broken IP header nothing is behind it, of a truncated one nothing was captured.
  const end =
    transportAt === ipAt ? ipAt : Math.min(headers.end, transportAt + LAYER_4_BYTES, ipAt + MATCH_REACH);
  const layer4 = count;
  for (let at = transportAt; at < transportAt + LAYER_4_BYTES; at += 4)
    into[count++] = layer4Word(view, at, end);
  if ((headers.marks & Mark.laterFragment) === 0) clearChecksum(headers.protocol, into, layer4);
  return count;
}

/** Four bytes at `at`; those from `end` on count as 0. */
export function layer4Word(view: DataView, at: number, end: number): number {
  if (at + 4 <= end) return view.getInt32(at);
  let word = 0;
  if (at < end) word = view.getUint8(at) << 24;
  if (at + 1 < end) word |= view.getUint8(at + 1) << 16;
  if (at + 2 < end) word |= view.getUint8(at + 2) << 8;
  return word;
}

function clearChecksum(protocol: number, into: Int32Array, layer4: number): void {
  if (protocol === IpProtocol.udp) into[layer4 + 1] = (into[layer4 + 1] ?? 0) & ~0xffff;
  else if (protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6)
    into[layer4] = (into[layer4] ?? 0) & ~0xffff;
  else if (protocol === IpProtocol.sctp) into[layer4 + 2] = 0;
}
