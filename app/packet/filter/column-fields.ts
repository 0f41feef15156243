// Fields that the columns of a segment tell, and which values a row has of them: exactly for every row that is not marked
// truncated, broken or deeper. A row in a tunnel has those of its innermost and of its outermost flow.
import { u32, u8 } from '../bytes.ts';
import { Layer, TunnelKind } from '../store/marks.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import { OUTER } from '../store/segment-layout.ts';

const TCP = 6;
const UDP = 17;
const SCTP = 132;
const ICMP = 1;
const ICMPV6 = 58;

export type ColumnField =
  /** Of every packet, whatever is marked. */
  | { readonly kind: 'frame'; readonly read: (segment: PacketSegment) => (row: number) => number }
  /** The capture's own time: every packet's, too. */
  | { readonly kind: 'time' }
  | AddressField
  | HalfField
  /** Of packets with the layer; null: the columns do not tell after all. */
  | {
      readonly kind: 'number';
      readonly layer: number;
      readonly read: (segment: PacketSegment) => (row: number) => number | null;
    }
  /** MAC addresses of a packet whose only link header is Ethernet's: where they begin in it. */
  | { readonly kind: 'ethernet'; readonly at: readonly number[] };

/** Addresses of flows. */
export interface AddressField {
  readonly kind: 'address';
  /** 0: ARP's. */
  readonly family: 0 | 4 | 6;
  readonly columns: readonly ('source' | 'destination')[];
  /** Where their ids lie in the outermost flow's record. */
  readonly outer: readonly number[];
}

/** Numbers of flows that 16 bits hold. */
export interface HalfField {
  readonly kind: 'half';
  readonly layer: number;
  /** Of flows of this family, or of this protocol. */
  readonly family: number | null;
  readonly protocol: number | null;
  readonly columns: readonly ('sourcePort' | 'destinationPort' | 'flags' | 'protocol')[];
  /** What of the column's number is the field's. */
  readonly part: (value: number) => number;
  /** Where they lie in the outermost flow's record, and how many bytes each takes. */
  readonly outer: readonly number[];
  readonly outerBytes: 1 | 2;
}

const whole = (value: number): number => value;

function address(family: 0 | 4 | 6, ...ends: readonly ('source' | 'destination')[]): AddressField {
  const outer = family === 0 ? [] : ends.map((end) => OUTER[end]);
  return { kind: 'address', family, columns: ends, outer };
}

function ports(
  layer: number,
  protocol: number,
  ...columns: readonly ('sourcePort' | 'destinationPort')[]
): HalfField {
  const outer = protocol === UDP ? columns.map((column) => OUTER[column]) : [];
  return { kind: 'half', layer, family: null, protocol, columns, part: whole, outer, outerBytes: 2 };
}

/** Of the column `flags`, which no outermost flow has. */
function flags(layer: number, protocol: number, part: (value: number) => number): HalfField {
  return { kind: 'half', layer, family: null, protocol, columns: ['flags'], part, outer: [], outerBytes: 2 };
}

function bit(shift: number): HalfField {
  return flags(Layer.tcp, TCP, (value) => (value >> shift) & 1);
}

function network(layer: number, tunnel: number): ColumnField {
  return {
    kind: 'number',
    layer,
    read: (segment) => (row) => {
      const at = segment.outerOffset(row);
      return at < 0 || u8(segment.heap, at + OUTER.tunnel) !== tunnel
        ? null
        : u32(segment.heap, at + OUTER.network);
    },
  };
}

function tcpNumber(read: (segment: PacketSegment) => (row: number) => number): ColumnField {
  return { kind: 'number', layer: Layer.tcp, read };
}

const FIELDS: Readonly<Record<string, ColumnField>> = {
  'frame.number': { kind: 'frame', read: (segment) => (row) => segment.firstNumber + row },
  'frame.len': {
    kind: 'frame',
    read:
      ({ len }) =>
      (row) =>
        len[row] ?? 0,
  },
  'frame.cap_len': {
    kind: 'frame',
    read:
      ({ caplen }) =>
      (row) =>
        caplen[row] ?? 0,
  },
  'frame.time_epoch': { kind: 'time' },
  'frame.time': { kind: 'time' },
  'eth.src': { kind: 'ethernet', at: [6] },
  'eth.dst': { kind: 'ethernet', at: [0] },
  'eth.addr': { kind: 'ethernet', at: [0, 6] },
  'ip.src': address(4, 'source'),
  'ip.dst': address(4, 'destination'),
  'ip.addr': address(4, 'source', 'destination'),
  'ip.src_host': address(4, 'source'),
  'ip.dst_host': address(4, 'destination'),
  'ip.host': address(4, 'source', 'destination'),
  'ip.proto': {
    kind: 'half',
    layer: Layer.ip,
    family: 4,
    protocol: null,
    columns: ['protocol'],
    part: whole,
    outer: [OUTER.protocol],
    outerBytes: 1,
  },
  'ipv6.src': address(6, 'source'),
  'ipv6.dst': address(6, 'destination'),
  'ipv6.addr': address(6, 'source', 'destination'),
  'ipv6.src_host': address(6, 'source'),
  'ipv6.dst_host': address(6, 'destination'),
  'ipv6.host': address(6, 'source', 'destination'),
  'arp.src.proto_ipv4': address(0, 'source'),
  'arp.dst.proto_ipv4': address(0, 'destination'),
  'tcp.srcport': ports(Layer.tcp, TCP, 'sourcePort'),
  'tcp.dstport': ports(Layer.tcp, TCP, 'destinationPort'),
  'tcp.port': ports(Layer.tcp, TCP, 'sourcePort', 'destinationPort'),
  'udp.srcport': ports(Layer.udp, UDP, 'sourcePort'),
  'udp.dstport': ports(Layer.udp, UDP, 'destinationPort'),
  'udp.port': ports(Layer.udp, UDP, 'sourcePort', 'destinationPort'),
  'sctp.srcport': ports(Layer.sctp, SCTP, 'sourcePort'),
  'sctp.dstport': ports(Layer.sctp, SCTP, 'destinationPort'),
  'tcp.flags': flags(Layer.tcp, TCP, whole),
  'tcp.flags.fin': bit(0),
  'tcp.flags.syn': bit(1),
  'tcp.flags.reset': bit(2),
  'tcp.flags.push': bit(3),
  'tcp.flags.ack': bit(4),
  'tcp.flags.urg': bit(5),
  'tcp.flags.ece': bit(6),
  'tcp.flags.cwr': bit(7),
  'tcp.seq_raw': tcpNumber(
    ({ sequence }) =>
      (row) =>
        sequence[row] ?? 0,
  ),
  'tcp.ack_raw': tcpNumber((segment) => (row) => segment.acknowledgement(row)),
  'tcp.len': tcpNumber(
    ({ payloadLength }) =>
      (row) =>
        payloadLength[row] ?? 0,
  ),
  'icmp.type': flags(Layer.icmp, ICMP, (value) => value >> 8),
  'icmp.code': flags(Layer.icmp, ICMP, (value) => value & 255),
  'icmpv6.type': flags(Layer.icmpv6, ICMPV6, (value) => value >> 8),
  'icmpv6.code': flags(Layer.icmpv6, ICMPV6, (value) => value & 255),
  'vxlan.vni': network(Layer.vxlan, TunnelKind.vxlan),
  'geneve.vni': network(Layer.geneve, TunnelKind.geneve),
};

/** Null: only a full decode tells it. */
export function columnField(name: string): ColumnField | null {
  return Object.hasOwn(FIELDS, name) ? (FIELDS[name] ?? null) : null;
}

/** Bits of `Layer`: a packet that has a field of the protocol has one of these. */
export function layersOf(name: string): number {
  const protocol = name.split('.', 1)[0] ?? '';
  return Object.hasOwn(LAYERS, protocol) ? (LAYERS[protocol] ?? 0) : 0;
}

/** The protocol's headers are exactly those that the bit tells; null: of no such protocol. */
export function layerBit(protocol: string): number | null {
  return Object.hasOwn(Layer, protocol) ? Layer[protocol as keyof typeof Layer] : null;
}

/** Carried by TCP alone, and only where it has payload. */
export function needsTcpPayload(name: string): boolean {
  return /^(?:http|bgp)(?:\.|$)/u.test(name);
}

/** 0, and what is not named: any packet may have it. */
const LAYERS: Readonly<Record<string, number>> = {
  ...Layer,
  // IPv6 has a field of IPv4's name: its version.
  ip: Layer.ip | Layer.ipv6,
  // 802.3, and what it carries.
  null: Layer.null,
  http: Layer.tcp,
  bgp: Layer.tcp,
  tls: Layer.tcp | Layer.udp,
  dns: Layer.tcp | Layer.udp,
  dhcp: Layer.udp,
  wg: Layer.udp,
};
