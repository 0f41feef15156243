// ICMP (RFC 792, 1812) and ICMPv6 (RFC 4443, 4861) in one line: what is asked, or what was refused and for whom.
import { ipv4Text, ipv6Text } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { ICMP_TYPE_WORDS, ICMPV6_TYPE_WORDS } from '../dissect/icmp-words.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import type { Saying } from './saying.ts';

const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'network unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  4: 'fragmentation needed',
  5: 'source route failed',
  6: 'network unknown',
  7: 'host unknown',
  9: 'network administratively prohibited',
  10: 'host administratively prohibited',
  13: 'communication administratively prohibited',
};
const UNREACHABLE_6: Readonly<Record<number, string>> = {
  0: 'no route to destination',
  1: 'administratively prohibited',
  2: 'beyond scope of source address',
  3: 'address unreachable',
  4: 'port unreachable',
  5: 'source address failed policy',
  6: 'reject route to destination',
};
const FRAGMENT_OFFSET = 0x1fff;
const NO_PORTS = ['', ''] as const;
const REDIRECT = 5;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;

/** What an ICMP error says, in words; null: it is none. */
export function icmpErrorWords(family: 4 | 6, type: number, code: number): string | null {
  const words =
    family === 4
      ? type === 3
        ? UNREACHABLE[code]
        : undefined
      : type === 1
        ? UNREACHABLE_6[code]
        : undefined;
  return words ?? (family === 4 ? ICMP_TYPE_WORDS[type] : ICMPV6_TYPE_WORDS[type])?.toLowerCase() ?? null;
}

export function icmpSaying(segment: PacketSegment, row: number, raw: Uint8Array): Saying {
  const type = (segment.flags[row] ?? 0) >> 8;
  const code = (segment.flags[row] ?? 0) & 255;
  const payload = segment.payloadOffset(row);
  if (segment.family[row] === 4) {
    return { protocol: 'ICMP', summary: icmp4(segment, row, type, code, raw, payload) };
  }
  return { protocol: 'ICMPv6', summary: icmp6(segment, row, type, code, raw, payload) };
}

function icmp4(
  segment: PacketSegment,
  row: number,
  type: number,
  code: number,
  raw: Uint8Array,
  payload: number,
): string {
  switch (type) {
    case 0:
      return echo('reply', segment, row);
    case 8:
      return echo('request', segment, row);
    case 3: {
      const mtu = code === 4 ? `, next MTU ${u16(raw, payload - 2)}` : '';
      return `Destination unreachable (${UNREACHABLE[code] ?? `code ${code}`}${mtu})${quoted4(raw, payload)}`;
    }
    case REDIRECT:
      return `Redirect${quoted4(raw, payload)}`;
    case 11:
      return `Time-to-live exceeded${code === 1 ? ' in reassembly' : ' in transit'}${quoted4(raw, payload)}`;
    case 12:
      return `Parameter problem${quoted4(raw, payload)}`;
    default:
      return ICMP_TYPE_WORDS[type] ?? `Type ${type}, code ${code}`;
  }
}

function icmp6(
  segment: PacketSegment,
  row: number,
  type: number,
  code: number,
  raw: Uint8Array,
  payload: number,
): string {
  const target = payload + 16 <= raw.length ? ` ${ipv6Text(raw, payload)}` : '';
  switch (type) {
    case 1:
      return `Destination unreachable (${UNREACHABLE_6[code] ?? `code ${code}`})${quoted6(raw, payload)}`;
    case 2:
      return `Packet too big (MTU ${u16(raw, payload - 4) * 65536 + u16(raw, payload - 2)})${quoted6(raw, payload)}`;
    case 3:
      return `Time exceeded (${code === 1 ? 'in reassembly' : 'hop limit'})${quoted6(raw, payload)}`;
    case 4:
      return `Parameter problem${quoted6(raw, payload)}`;
    case 128:
      return echo('request', segment, row);
    case 129:
      return echo('reply', segment, row);
    case NEIGHBOUR_SOLICITATION:
      return `Neighbour solicitation for${target}`;
    case NEIGHBOUR_ADVERTISEMENT:
      return `Neighbour advertisement of${target}`;
    default:
      return ICMPV6_TYPE_WORDS[type] ?? `Type ${type}, code ${code}`;
  }
}

function echo(what: string, segment: PacketSegment, row: number): string {
  const both = segment.sequence[row] ?? 0;
  return `Echo (ping) ${what} id=0x${(both >>> 16).toString(16).padStart(4, '0')} seq=${both & 0xffff}`;
}

/** The packet that an error is about, as far as it is quoted. */
function quoted4(raw: Uint8Array, at: number): string {
  if (at + 20 > raw.length || u8(raw, at) >> 4 !== 4) return '';
  // A later fragment has none.
  const ports =
    (u16(raw, at + 6) & FRAGMENT_OFFSET) === 0
      ? quotedPorts(raw, at + (u8(raw, at) & 15) * 4, u8(raw, at + 9))
      : NO_PORTS;
  return `: ${ipv4Text(raw, at + 12)}${ports[0]} → ${ipv4Text(raw, at + 16)}${ports[1]}`;
}

function quoted6(raw: Uint8Array, at: number): string {
  if (at + 40 > raw.length || u8(raw, at) >> 4 !== 6) return '';
  const ports = quotedPorts(raw, at + 40, u8(raw, at + 6));
  const end = (from: number, port: string): string =>
    port === '' ? ipv6Text(raw, from) : `[${ipv6Text(raw, from)}]${port}`;
  return `: ${end(at + 8, ports[0])} → ${end(at + 24, ports[1])}`;
}

function quotedPorts(raw: Uint8Array, at: number, protocol: number): readonly [string, string] {
  if ((protocol !== 6 && protocol !== 17) || at + 4 > raw.length) return NO_PORTS;
  return [`:${u16(raw, at)}`, `:${u16(raw, at + 2)}`];
}
