// What of a packet neither forwarding nor NAT changes: by this its sightings find each other, whatever addresses and ports it has where.
// Of the match bytes (app/packet/columns/match-key.ts) all but addresses, ports and the identifier of an ICMP echo:
//
//   TCP without payload: sequence, acknowledgement, flags, TSval
//   TCP with payload: acknowledgement and TSval, as offloading cuts segments anew at each point but never makes one of two that differ in them
//   (net/ipv4/tcp_offload.c, tcp_gro_receive); without a TSval, acknowledgement and the 64 KiB of the sequence that it lies in. The ranges
//   themselves are compared later.
//   else: IP's identification, fragment offset and length, and the first 32 bytes of layer 4; of an ICMP error, which NAT rewrites inside,
//   its type and the quoted packet's length and identification.
//
// Two hashes of 32 bits: among the million sightings of some seconds one alone would collide daily.
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import { matchFactor, matchHash, matchTerm, MATCH_REACH, timestampIn } from '../packet/columns/match-key.ts';
import { Mark } from '../packet/store/marks.ts';
import type { PacketSegment } from '../packet/store/packet-segment.ts';
import { matchWordsOf } from '../packet/store/same-match.ts';
import { Trait } from './model.ts';

const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const PLAIN_IPV4 = 0x45;
const FRAGMENT_OFFSET = 0x1fff;
/** Of the byte that it is in. */
const DONT_FRAGMENT = 0x40;
const UNREAD = Mark.truncated | Mark.broken | Mark.laterFragment;
/** Words of layer 4 that tell an ICMP error from another: type and code, the error's own, the quoted length, the quoted identification. */
const ERROR_WORDS = 4;
const LAYER_4_WORDS = 8;
/** Factors of the second hash lie beyond those of the first. */
const SECOND = 64;
/** Of a sequence without timestamps, the part that keys it. */
const STRETCH_BITS = 16;
export const STRETCH_BYTES = 2 ** STRETCH_BITS;

/** Type of ICMP and ICMPv6 that asks or answers an echo. */
const ECHOES: Readonly<Record<number, readonly number[]>> = { 1: [0, 8], 58: [128, 129] };

/** Reads one packet after the other into its own fields. */
export class PacketIdentity {
  keyA = 0;
  keyB = 0;
  /** TTL, hop limit; 0 where it was not found. Falls by one with each router. */
  ttl = 0;
  /** What may tell two packets of one key apart: IPv4's identification; 0: none. */
  detail = 0;
  /** TSval; 0: the segment has none. */
  timestamp = 0;
  /** TCP's; 0 of others. */
  acknowledgement = 0;
  /** TCP with payload: its range tells which. */
  ranged = false;
  /** Bits of `Trait`. */
  traits = 0;
  #heap: Uint8Array | null = null;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #sumA = 0;
  #sumB = 0;
  #count = 0;

  /** False for what is no IP. @param sequence of the part of its payload that is meant */
  read(segment: PacketSegment, row: number, sequence = segment.sequence[row] ?? 0): boolean {
    const family = segment.family[row] ?? 0;
    if (family === 0) return false;
    if (this.#heap !== segment.heap) {
      this.#heap = segment.heap;
      this.#view = new DataView(segment.heap.buffer, segment.heap.byteOffset, segment.heap.byteLength);
    }
    const protocol = segment.protocol[row] ?? 0;
    const marks = segment.marks[row] ?? 0;
    const start = segment.rawOffset[row] ?? 0;
    const transport = start + (segment.transportOffset[row] ?? 0);
    const ip = this.#plainIp(family, protocol, start, transport);
    this.ttl = ip < 0 ? 0 : this.#view.getUint8(ip + (family === 4 ? 8 : 7));
    this.detail = ip < 0 || family === 6 ? 0 : this.#view.getUint16(ip + 4);
    const whole = family === 6 || (ip >= 0 && (this.#view.getUint8(ip + 6) & DONT_FRAGMENT) !== 0);
    this.traits = whole ? Trait.whole : 0;
    this.timestamp = 0;
    this.acknowledgement = 0;
    this.ranged = false;
    this.#sumA = 0;
    this.#sumB = 0;
    this.#count = 0;
    this.#add((family << 8) | protocol);
    if (protocol === IpProtocol.tcp && (marks & UNREAD) === 0)
      this.#tcp(segment, row, ip, transport, sequence);
    else if (ip < 0 || (marks & UNREAD) !== 0) this.#byWords(segment, row, family, protocol, marks);
    else this.#other(segment, row, family, protocol, ip, transport);
    this.keyA = matchHash((this.#sumA + this.#count) | 0) >>> 0;
    this.keyB = matchHash((this.#sumB + this.#count) | 0) >>> 0;
    return true;
  }

  /** Where the innermost IP header begins, if nothing lies between it and layer 4; -1: something may. */
  #plainIp(family: number, protocol: number, start: number, transport: number): number {
    const view = this.#view;
    if (family === 4) {
      const ip = transport - IPV4_BYTES;
      return ip >= start && view.getUint8(ip) === PLAIN_IPV4 && view.getUint8(ip + 9) === protocol ? ip : -1;
    }
    const ip = transport - IPV6_BYTES;
    return ip >= start && view.getUint8(ip) >> 4 === 6 && view.getUint8(ip + 6) === protocol ? ip : -1;
  }

  #tcp(segment: PacketSegment, row: number, ip: number, transport: number, sequence: number): void {
    const view = this.#view;
    const end = (segment.rawOffset[row] ?? 0) + (segment.caplen[row] ?? 0);
    const from = ip < 0 ? transport - IPV4_BYTES : ip;
    const timestamp = timestampIn(view, transport, Math.min(end, from + MATCH_REACH));
    this.timestamp = timestamp >>> 0;
    this.acknowledgement = view.getUint32(transport + 8);
    if (view.getUint16(transport + 14) === 0) this.traits |= Trait.windowClosed;
    this.ranged = (segment.payloadLength[row] ?? 0) > 0;
    if (this.ranged) {
      this.#add(this.acknowledgement | 0);
      this.#add(timestamp === 0 ? sequence >>> STRETCH_BITS : timestamp);
      this.#add(timestamp === 0 ? 1 : 2);
      return;
    }
    this.#add(sequence);
    this.#add(this.acknowledgement | 0);
    this.#add(segment.flags[row] ?? 0);
    this.#add(timestamp);
  }

  #other(
    segment: PacketSegment,
    row: number,
    family: number,
    protocol: number,
    ip: number,
    transport: number,
  ): void {
    const view = this.#view;
    const captured = (segment.rawOffset[row] ?? 0) + (segment.caplen[row] ?? 0);
    let packetEnd: number;
    if (family === 4) {
      this.#add((view.getUint16(ip + 4) << 16) | (view.getUint16(ip + 6) & FRAGMENT_OFFSET));
      const length = view.getUint16(ip + 2);
      this.#add(length);
      packetEnd = length === 0 ? captured : ip + length;
    } else {
      const length = view.getUint16(ip + 4);
      this.#add(0);
      this.#add(length);
      packetEnd = length === 0 ? captured : transport + length;
    }
    const end = Math.min(captured, packetEnd, ip + MATCH_REACH);
    const words = isIcmpError(protocol, segment.flags[row] ?? 0) ? ERROR_WORDS : LAYER_4_WORDS;
    for (let index = 0; index < words; index += 1) {
      const at = transport + index * 4;
      this.#add(withoutTranslated(protocol, segment.flags[row] ?? 0, index, this.#word(at, end)));
    }
  }

  /** Four bytes; those from `end` on count as 0. */
  #word(at: number, end: number): number {
    if (at + 4 <= end) return this.#view.getInt32(at);
    let word = 0;
    for (let index = 0; index < 4 && at + index < end; index += 1)
      word |= this.#view.getUint8(at + index) << (24 - index * 8);
    return word;
  }

  /** The slow way, for headers that are not alone: by the match bytes themselves. */
  #byWords(segment: PacketSegment, row: number, family: number, protocol: number, marks: number): void {
    const words = matchWordsOf(segment, row);
    const behindAddresses = family === 4 ? 3 : 9;
    const flags = (marks & UNREAD) === 0 ? (segment.flags[row] ?? 0) : 0;
    const isFirst = (marks & Mark.laterFragment) === 0;
    const layer4 = behindAddresses + 2;
    const known = isFirst && isIcmpError(protocol, flags) ? layer4 + ERROR_WORDS : words.length;
    for (let index = behindAddresses; index < known; index += 1) {
      const word = words[index] ?? 0;
      this.#add(isFirst && index >= layer4 ? withoutTranslated(protocol, flags, index - layer4, word) : word);
    }
  }

  #add(word: number): void {
    this.#sumA = (this.#sumA + matchTerm(word, matchFactor(this.#count))) | 0;
    this.#sumB = (this.#sumB + matchTerm(word ^ 0x5bd1e995, matchFactor(this.#count + SECOND))) | 0;
    this.#count += 1;
  }
}

export function isIcmpError(protocol: number, flags: number): boolean {
  const type = flags >> 8;
  if (protocol === IpProtocol.icmp)
    return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
  return protocol === IpProtocol.icmpv6 && type > 0 && type < 128;
}

/** Of word `index` of layer 4, what neither NAT nor checksum offloading changes. */
function withoutTranslated(protocol: number, flags: number, index: number, word: number): number {
  switch (protocol) {
    case IpProtocol.udp:
      return index === 0 ? 0 : index === 1 ? word & ~0xffff : word;
    case IpProtocol.tcp:
      return index === 0 ? 0 : word;
    case IpProtocol.sctp:
      return index === 0 || index === 2 ? 0 : word;
    case IpProtocol.icmp:
    case IpProtocol.icmpv6:
      if (index === 0) return word & ~0xffff;
      if (index === 1) return ECHOES[protocol]?.includes(flags >> 8) === true ? word & 0xffff : word;
      return word;
    default:
      return word;
  }
}
