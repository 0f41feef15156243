// Captures for tests: pcap written by hand, and what a store made of one.
import { PacketStore } from '../store/packet-store.ts';
import type { PacketSegment } from '../store/packet-segment.ts';

export interface Recorded {
  readonly bytes: Uint8Array;
  /** On the wire; default: all of `bytes`. */
  readonly len?: number;
  readonly seconds?: number;
  readonly fraction?: number;
}

export function pcap(
  linkType: number,
  packets: readonly Recorded[],
  options: { readonly little?: boolean; readonly nano?: boolean; readonly snaplen?: number } = {},
): Uint8Array {
  const { little = true, nano = false, snaplen = 262_144 } = options;
  const bytes = new Uint8Array(packets.reduce((sum, packet) => sum + 16 + packet.bytes.length, 24));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, nano ? 0xa1b23c4d : 0xa1b2c3d4, little);
  view.setUint16(4, 2, little);
  view.setUint16(6, 4, little);
  view.setUint32(16, snaplen, little);
  view.setUint32(20, linkType, little);
  let at = 24;
  for (const packet of packets) {
    view.setUint32(at, packet.seconds ?? 1_700_000_000, little);
    view.setUint32(at + 4, packet.fraction ?? 0, little);
    view.setUint32(at + 8, packet.bytes.length, little);
    view.setUint32(at + 12, packet.len ?? packet.bytes.length, little);
    bytes.set(packet.bytes, at + 16);
    at += 16 + packet.bytes.length;
  }
  return bytes;
}

/** An SLL2 packet of IPv4 and TCP or UDP. */
export function ipPacket(packet: {
  readonly ifindex?: number;
  readonly type?: number;
  readonly source: readonly number[];
  readonly destination: readonly number[];
  readonly protocol?: 6 | 17;
  readonly ports: readonly [source: number, destination: number];
  readonly flags?: number;
  readonly ttl?: number;
  readonly payload?: Uint8Array;
}): Uint8Array {
  const { protocol = 6, payload = new Uint8Array(0) } = packet;
  const headers = 20 + 20 + (protocol === 6 ? 20 : 8);
  const bytes = new Uint8Array(headers + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x0800);
  view.setUint32(4, packet.ifindex ?? 2);
  bytes[10] = packet.type ?? 0;
  bytes[20] = 0x45;
  view.setUint16(22, bytes.length - 20);
  bytes[28] = packet.ttl ?? 64;
  bytes[29] = protocol;
  bytes.set(packet.source, 32);
  bytes.set(packet.destination, 36);
  view.setUint16(40, packet.ports[0]);
  view.setUint16(42, packet.ports[1]);
  if (protocol === 6) {
    bytes[52] = 0x50;
    bytes[53] = packet.flags ?? 16;
  } else {
    view.setUint16(44, 8 + payload.length);
  }
  bytes.set(payload, headers);
  return bytes;
}

export interface Cell {
  readonly segment: PacketSegment;
  readonly row: number;
}

/** Every row that is kept, oldest first. */
export function cells(store: PacketStore): readonly Cell[] {
  return store.segments.flatMap((segment) =>
    Array.from({ length: segment.count }, (_, row) => ({ segment, row })),
  );
}

/** A row without what depends on where it is kept: ids become addresses. */
export function rowFacts({ segment, row }: Cell): Readonly<Record<string, unknown>> {
  return {
    number: segment.firstNumber + row,
    seconds: segment.seconds[row],
    nanoseconds: segment.nanoseconds[row],
    captureId: segment.captureId[row],
    ifindex: segment.ifindex[row],
    packetType: segment.packetType[row],
    linkType: segment.linkType[row],
    caplen: segment.caplen[row],
    len: segment.len[row],
    etherType: segment.etherType(row),
    family: segment.family[row],
    source: segment.address(segment.source[row] ?? 0),
    destination: segment.address(segment.destination[row] ?? 0),
    protocol: segment.protocol[row],
    ports: [segment.sourcePort[row], segment.destinationPort[row]],
    flags: segment.flags[row],
    sequence: segment.sequence[row],
    acknowledgement: segment.acknowledgement(row),
    transportOffset: segment.transportOffset[row],
    payloadOffset: segment.payloadOffset(row),
    payloadLength: segment.payloadLength[row],
    marks: segment.marks[row],
    layers: segment.layers[row],
    matchKey: segment.matchKey[row],
    outer: outerFacts(segment, row),
    comment: segment.comment(row),
    raw: Array.from(segment.raw(row)).join(' '),
  };
}

function outerFacts(segment: PacketSegment, row: number): unknown {
  const outer = segment.outer(row);
  if (outer === null) return null;
  return { ...outer, source: segment.address(outer.source), destination: segment.address(outer.destination) };
}

export function decoded(stream: Uint8Array, maxBytes = 64_000_000): PacketStore {
  const store = new PacketStore({ maxBytes });
  store.decoder(1).push(stream);
  return store;
}
