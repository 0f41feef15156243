// Random packets for a router of two devices, d0 and d1, with 10.1.0.0/24, fd01::/64 behind the one and 10.2.0.0/24, fd02::/64 behind
// the other: as filters look at them, and as bytes. Their checksums above IP are wrong on purpose: no local stack answers them.
import type { Random } from '../../route/testing/random-routing.ts';
import { parseAddress, type Address } from '../../route/address.ts';
import type { FilterPacket } from '../filter-packet.ts';

export interface RandomPacket {
  readonly family: 4 | 6;
  /** Null: sent by the router itself. */
  readonly iif: 'd0' | 'd1' | null;
  readonly src: string;
  readonly dst: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** Of ICMP its identifier: no two packets of a run have the same. */
  readonly sport: number;
  readonly dport: number;
  readonly tcpFlags: number;
  readonly tos: number;
  readonly ttl: number;
  /** Bytes beyond the headers. */
  readonly payload: number;
  readonly mark: number;
  /** Of ICMP: whether it answers. */
  readonly isReply: boolean;
}

const NETS = { 4: ['10.1.0.', '10.2.0.'], 6: ['fd01::', 'fd02::'] } as const;

export function addressOn(family: 4 | 6, device: number, host: number): string {
  return `${NETS[family][device] ?? ''}${host}`;
}

export function randomPacket(random: Random, family: 4 | 6, number: number): RandomPacket {
  const of = <T>(items: readonly T[]): T => items[random(items.length)] as T;
  const from = random(2);
  const isLocal = random(6) === 0;
  const protocol = of(['tcp', 'tcp', 'udp', 'icmp'] as const);
  return {
    family,
    iif: isLocal ? null : `d${from === 0 ? 0 : 1}`,
    // Now and then from the wrong side.
    src: addressOn(family, isLocal || random(8) > 0 ? from : 1 - from, isLocal ? 1 : 2 + random(3)),
    dst: isLocal
      ? addressOn(family, random(2), 2 + random(3))
      : random(4) === 0
        ? addressOn(family, random(2), 1)
        : addressOn(family, random(4) === 0 ? from : 1 - from, 2 + random(3)),
    protocol,
    sport: 1024 + (number % 60_000),
    dport: of([22, 53, 80, 443, 8080]),
    // SYN three times, ACK in the middle of nowhere (new), RST of nothing (invalid), SYN with more.
    tcpFlags: of([2, 2, 2, 0x10, 4, 0x42]),
    tos: of([0, 0, 0x10, 0xb8, 0x28]),
    ttl: of([64, 64, 10, 128]),
    payload: of([0, 8, 100, 600]),
    mark: isLocal ? of([0, 0, 1, 0x10]) : 0,
    isReply: false,
  };
}

/** What would answer it. */
export function replyTo(packet: RandomPacket): RandomPacket {
  const { src, dst, protocol, sport, dport } = packet;
  return {
    ...packet,
    iif: dst.startsWith(NETS[packet.family][0]) ? 'd0' : 'd1',
    src: dst,
    dst: src,
    ...(protocol === 'icmp' ? { sport, dport } : { sport: dport, dport: sport }),
    tcpFlags: 0x12,
    mark: 0,
    isReply: true,
  };
}

export function filterPacketOf(packet: RandomPacket): Omit<FilterPacket, 'connection'> {
  const { family, protocol, iif, tos, ttl, mark, isReply } = packet;
  const isIcmp = protocol === 'icmp';
  const echo = family === 4 ? (isReply ? 0 : 8) : isReply ? 129 : 128;
  return {
    family,
    src: address(packet.src),
    dst: address(packet.dst),
    sport: isIcmp ? 0 : packet.sport,
    dport: isIcmp ? 0 : packet.dport,
    protocol: { tcp: 6, udp: 17, icmp: family === 4 ? 1 : 58 }[protocol],
    icmp: isIcmp ? { type: echo, code: 0 } : null,
    tcpFlags: protocol === 'tcp' ? packet.tcpFlags : 0,
    iif,
    oif: null,
    physIn: null,
    physOut: null,
    mark,
    tos,
    ttl,
    length: bytesOf(packet).length,
  };
}

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`${text} is no address`);
  return parsed;
}

/** The IP packet. */
export function bytesOf(packet: RandomPacket): Uint8Array {
  const protocol = { tcp: 6, udp: 17, icmp: packet.family === 4 ? 1 : 58 }[packet.protocol];
  const upper = upperBytes(packet);
  const header =
    packet.family === 4
      ? ipv4Header(packet, protocol, upper.length)
      : ipv6Header(packet, protocol, upper.length);
  return Uint8Array.from([...header, ...upper]);
}

function upperBytes({ protocol, family, sport, dport, tcpFlags, payload, isReply }: RandomPacket): number[] {
  const body = Array.from({ length: payload }, () => 0x55);
  const wrong = [0xba, 0xd1];
  if (protocol === 'udp') return [...two(sport), ...two(dport), ...two(8 + payload), ...wrong, ...body];
  if (protocol === 'icmp') {
    const type = family === 4 ? (isReply ? 0 : 8) : isReply ? 129 : 128;
    return [type, 0, ...wrong, ...two(sport), 0, 1, ...body];
  }
  const numbers = isReply ? [0, 0, 0, 9, 0, 0, 0, 2] : [0, 0, 0, 1, 0, 0, 0, tcpFlags === 2 ? 0 : 1];
  return [...two(sport), ...two(dport), ...numbers, 0x50, tcpFlags, 0x10, 0, ...wrong, 0, 0, ...body];
}

function ipv4Header({ src, dst, tos, ttl }: RandomPacket, protocol: number, length: number): number[] {
  const header = [
    0x45,
    tos,
    ...two(20 + length),
    0,
    1,
    0x40,
    0,
    ttl,
    protocol,
    0,
    0,
    ...octets(src),
    ...octets(dst),
  ];
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += ((header[at] ?? 0) << 8) | (header[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  header[10] = (~sum >>> 8) & 0xff;
  header[11] = ~sum & 0xff;
  return header;
}

function ipv6Header({ src, dst, tos, ttl }: RandomPacket, protocol: number, length: number): number[] {
  return [
    0x60 | (tos >> 4),
    (tos & 15) << 4,
    0,
    0,
    ...two(length),
    protocol,
    ttl,
    ...octets(src),
    ...octets(dst),
  ];
}

const two = (value: number): number[] => [value >> 8, value & 0xff];

function octets(text: string): number[] {
  return [...address(text).words].flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff));
}
