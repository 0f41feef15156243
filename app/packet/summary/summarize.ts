// One packet as people read it: who to whom, the protocol's name, one line, and how it feels.
import { TcpFlag } from '../columns/tcp.ts';
import { IpProtocol } from '../columns/ip-protocol.ts';
import { Layer, Mark, TunnelKind } from '../store/marks.ts';
import { PACKET_TYPE_OUTGOING, PACKET_TYPE_UNKNOWN, type PacketSegment } from '../store/packet-segment.ts';
import { packetTimeOf } from '../store/packet-time.ts';
import { isRefused } from './refusal.ts';
import { arpSaying } from './arp-summary.ts';
import { icmpSaying } from './icmp-summary.ts';
import { messageSaying } from './message-lines.ts';
import type { Saying } from './saying.ts';
import { tcpSaying } from './tcp-summary.ts';
import { udpSaying } from './udp-summary.ts';

export type PacketTone = 'plain' | 'opening' | 'closing' | 'refused' | 'trouble';

export interface PacketEnd {
  /** IP address, else MAC address; empty when the packet has none. */
  readonly address: string;
  /** Of TCP and UDP, as far as they were captured. */
  readonly port: number | null;
}

/** The outermost flow of a packet in a tunnel. */
export interface PacketTunnel {
  /** With its network's number: `VXLAN 4096`. */
  readonly name: string;
  /** Addresses. */
  readonly source: string;
  readonly destination: string;
}

export interface PacketSummary {
  readonly number: number;
  /** The capture's own time. */
  readonly at: { readonly s: number; readonly ns: number };
  readonly captureId: number;
  readonly ifindex: number;
  /** Other: for another machine (SLL2 type 3), or the link type does not say. */
  readonly direction: 'in' | 'out' | 'other';
  readonly source: PacketEnd;
  readonly destination: PacketEnd;
  /** Whose ports those of the ends are. */
  readonly transport: 'tcp' | 'udp' | null;
  /** As Wireshark's column says it. */
  readonly protocol: string;
  /** Bytes on the wire, and of them captured. */
  readonly length: number;
  readonly captured: number;
  /** One line without control characters. */
  readonly summary: string;
  /** All else is of the innermost packet; null: it is in no tunnel. */
  readonly tunnel: PacketTunnel | null;
  readonly tone: PacketTone;
}

const PACKET_TYPE_OTHER_HOST = 3;

/** Names of IP protocols that are not read further (IANA). */
const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  2: 'IGMP',
  4: 'IPIP',
  41: 'IPv6 in IP',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
};
const TUNNEL_NAMES: Readonly<Record<number, string>> = {
  [TunnelKind.ipInIp]: 'IP',
  [TunnelKind.gre]: 'GRE',
  [TunnelKind.vxlan]: 'VXLAN',
  [TunnelKind.geneve]: 'Geneve',
};
const ETHER_TYPE_NAMES: Readonly<Record<number, string>> = {
  0x0800: 'IPv4',
  0x0806: 'ARP',
  0x86dd: 'IPv6',
  0x88cc: 'LLDP',
  0x8847: 'MPLS',
  0x888e: 'EAPOL',
};

export function summarize(segment: PacketSegment, row: number): PacketSummary {
  const raw = segment.raw(row);
  const saying = packetSaying(segment, row, raw);
  return {
    number: segment.firstNumber + row,
    at: packetTimeOf(segment, row),
    captureId: segment.captureId[row] ?? 0,
    ifindex: segment.ifindex[row] ?? 0,
    direction: directionOf(segment.packetType[row] ?? PACKET_TYPE_UNKNOWN),
    source: endOf(segment, row, segment.source[row] ?? 0, segment.sourcePort[row] ?? 0),
    destination: endOf(segment, row, segment.destination[row] ?? 0, segment.destinationPort[row] ?? 0),
    transport: transportOf(segment, row),
    protocol: saying.protocol,
    length: segment.len[row] ?? 0,
    captured: segment.caplen[row] ?? 0,
    summary: saying.summary,
    tunnel: tunnelOf(segment, row),
    tone: toneOf(segment, row),
  };
}

function packetSaying(segment: PacketSegment, row: number, raw: Uint8Array): Saying {
  const marks = segment.marks[row] ?? 0;
  const protocol = protocolName(segment, row);
  if ((marks & Mark.broken) !== 0) return { protocol, summary: 'Broken: a header contradicts its lengths' };
  if ((marks & Mark.truncated) !== 0)
    return { protocol, summary: `Truncated after ${raw.length} bytes, within a header` };
  if ((marks & Mark.laterFragment) !== 0) return { protocol, summary: 'Fragment beyond the first' };
  if (segment.family[row] !== 0) {
    const number = segment.protocol[row] ?? 0;
    switch (number) {
      case IpProtocol.tcp:
        return tcpSaying(segment, row, raw);
      case IpProtocol.udp:
        return udpSaying(segment, row);
      case IpProtocol.icmp:
      case IpProtocol.icmpv6:
        return icmpSaying(segment, row, raw);
      case IpProtocol.sctp:
        return messageSaying(segment, row) ?? { protocol, summary: `IP protocol ${number}` };
      default:
        return { protocol, summary: `IP protocol ${number}` };
    }
  }
  if (isArp(segment, row)) return arpSaying(segment, row, raw);
  const etherType = segment.etherType(row);
  // Below 1536 an EtherType is a length (IEEE 802.3).
  const kind = etherType < 1536 ? 'no EtherType' : `EtherType 0x${etherType.toString(16).padStart(4, '0')}`;
  return { protocol, summary: kind };
}

/** ` (in VXLAN 4096, 10.12.22.151 → 10.12.22.152)` */
function tunnelOf(segment: PacketSegment, row: number): PacketTunnel | null {
  const outer = segment.outer(row);
  if (outer === null) return null;
  const network = outer.network === 0 ? '' : ` ${outer.network}`;
  return {
    name: `${TUNNEL_NAMES[outer.tunnel] ?? 'IP'}${network}`,
    source: segment.address(outer.source),
    destination: segment.address(outer.destination),
  };
}

function protocolName(segment: PacketSegment, row: number): string {
  const family = segment.family[row] ?? 0;
  const protocol = segment.protocol[row] ?? 0;
  if (family !== 0) {
    if (protocol === IpProtocol.tcp) return 'TCP';
    if (protocol === IpProtocol.udp) return 'UDP';
    if (protocol === IpProtocol.icmp) return 'ICMP';
    if (protocol === IpProtocol.icmpv6) return 'ICMPv6';
    return PROTOCOL_NAMES[protocol] ?? `IPv${family}`;
  }
  if (isArp(segment, row)) return 'ARP';
  return ETHER_TYPE_NAMES[segment.etherType(row)] ?? 'Unknown';
}

function isArp(segment: PacketSegment, row: number): boolean {
  return segment.family[row] === 0 && ((segment.layers[row] ?? 0) & Layer.arp) !== 0;
}

function directionOf(packetType: number): PacketSummary['direction'] {
  if (packetType === PACKET_TYPE_OUTGOING) return 'out';
  return packetType < PACKET_TYPE_OTHER_HOST ? 'in' : 'other';
}

function transportOf(segment: PacketSegment, row: number): PacketSummary['transport'] {
  if (segment.family[row] === 0) return null;
  const protocol = segment.protocol[row];
  if (protocol === IpProtocol.tcp) return 'tcp';
  return protocol === IpProtocol.udp ? 'udp' : null;
}

function endOf(segment: PacketSegment, row: number, address: number, port: number): PacketEnd {
  const protocol = segment.protocol[row];
  const ports =
    (protocol === IpProtocol.tcp || protocol === IpProtocol.udp) &&
    ((segment.sourcePort[row] ?? 0) !== 0 || (segment.destinationPort[row] ?? 0) !== 0);
  return { address: segment.address(address), port: ports ? port : null };
}

function toneOf(segment: PacketSegment, row: number): PacketTone {
  if (((segment.marks[row] ?? 0) & (Mark.truncated | Mark.broken)) !== 0) return 'trouble';
  if (isRefused(segment, row)) return 'refused';
  if (segment.protocol[row] !== IpProtocol.tcp) return 'plain';
  const flags = segment.flags[row] ?? 0;
  if ((flags & TcpFlag.syn) !== 0) return (flags & TcpFlag.ack) === 0 ? 'opening' : 'plain';
  return (flags & TcpFlag.fin) !== 0 ? 'closing' : 'plain';
}
