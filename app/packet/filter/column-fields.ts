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
  | FrameField
  /** The capture's own time: every packet's, too. */
  | { readonly kind: 'time' }
  | AddressField
  | HalfField
  | NumberField
  /** MAC addresses of a packet whose only link header is Ethernet's: where they begin in it. */
  | { readonly kind: 'ethernet'; readonly at: Pair<number> };

/** A field of both ends has two values; one of one end has the same twice, which makes no difference to any test. */
type Pair<T> = readonly [T, T];

/** Of every packet, whatever is marked. */
export interface FrameField {
  readonly kind: 'frame';
  readonly read: (segment: PacketSegment) => (row: number) => number;
}

/** Of packets with the layer; null: the columns do not tell after all. */
export interface NumberField {
  readonly kind: 'number';
  readonly layer: number;
  readonly read: (segment: PacketSegment) => (row: number) => number | null;
}

/** Addresses of flows. */
export interface AddressField {
  readonly kind: 'address';
  readonly family: 4 | 6;
  readonly ends: Pair<End>;
  /** Where their ids lie in the outermost flow's record. */
  readonly outer: Pair<number>;
}

/** Numbers of flows that 16 bits hold. */
export interface HalfField {
  readonly kind: 'half';
  readonly layer: number;
  /** Of flows of this family, or of this protocol. */
  readonly family: number | null;
  readonly protocol: number | null;
  readonly columns: Pair<'sourcePort' | 'destinationPort' | 'flags' | 'protocol'>;
  /** What of the column's number is the field's. */
  readonly part: (value: number) => number;
  /** Where they lie in the outermost flow's record, and how many bytes each takes. */
  readonly outer: Pair<number> | null;
  readonly outerBytes: 1 | 2;
}

const whole = (value: number): number => value;

type End = 'source' | 'destination';

function address(family: 4 | 6, first: End, second: End = first): AddressField {
  return { kind: 'address', family, ends: [first, second], outer: [OUTER[first], OUTER[second]] };
}

type Port = 'sourcePort' | 'destinationPort';

function ports(layer: number, protocol: number, first: Port, second: Port = first): HalfField {
  const outer: Pair<number> | null = protocol === UDP ? [OUTER[first], OUTER[second]] : null;
  const columns: Pair<Port> = [first, second];
  return { kind: 'half', layer, family: null, protocol, columns, part: whole, outer, outerBytes: 2 };
}

/** Of the column `flags`, which no outermost flow has. */
function flags(layer: number, protocol: number, part: (value: number) => number): HalfField {
  const columns: Pair<'flags'> = ['flags', 'flags'];
  return { kind: 'half', layer, family: null, protocol, columns, part, outer: null, outerBytes: 2 };
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
  'eth.src': { kind: 'ethernet', at: [6, 6] },
  'eth.dst': { kind: 'ethernet', at: [0, 0] },
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
    columns: ['protocol', 'protocol'],
    part: whole,
    outer: [OUTER.protocol, OUTER.protocol],
    outerBytes: 1,
  },
  'ipv6.src': address(6, 'source'),
  'ipv6.dst': address(6, 'destination'),
  'ipv6.addr': address(6, 'source', 'destination'),
  'ipv6.src_host': address(6, 'source'),
  'ipv6.dst_host': address(6, 'destination'),
  'ipv6.host': address(6, 'source', 'destination'),
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

/** The bit that tells exactly whether a packet has headers of the protocol; null: there is none. */
export function layerBit(protocol: string): number | null {
  // A provider's VLAN tag has this one's bit and another name in Wireshark; LLC in SLL has none; netlink's SLL is another.
  if (['vlan', 'llc', 'sll'].includes(protocol) || !Object.hasOwn(Layer, protocol)) return null;
  return Layer[protocol as keyof typeof Layer];
}

/** Carried by TCP or UDP alone, and only where they have payload. */
export function needsPayload(name: string): boolean {
  return /^(?:http|bgp)(?:\.|$)/u.test(name);
}

/** 0, and what is not named: any packet may have it. */
const LAYERS: Readonly<Record<string, number>> = {
  ...Layer,
  // IPv6 has a field of IPv4's name: its version.
  ip: Layer.ip | Layer.ipv6,
  // SLL and SLL2 may hold it without a bit.
  llc: 0,
  // ICMPv6 has ICMP's extensions.
  icmp: Layer.icmp | Layer.icmpv6,
  // SSDP, in UDP, has HTTP's fields.
  http: Layer.tcp | Layer.udp,
  bgp: Layer.tcp,
  tls: Layer.tcp | Layer.udp,
  dns: Layer.tcp | Layer.udp,
  dhcp: Layer.udp,
  wg: Layer.udp,
};
