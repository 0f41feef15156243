// Packets of one stretch of time in one buffer: a header, columns, and a heap that raw bytes fill from below and the
// address table from above. The buffer alone says everything: it outlives the thread that wrote it.
import { addressLength, addressText } from '../address.ts';
import { u16, u32, u8 } from '../bytes.ts';
import { etherTypeOf } from './ether-type-of.ts';
import { Layer, Mark } from './marks.ts';
import {
  ADDRESS_BYTES,
  COLUMN_BYTES,
  COMMENT_HEAD_BYTES,
  FIRST_NUMBER_BYTE,
  HEADER,
  HEADER_BYTES,
  MAX_ROWS,
  OUTER,
  OUTER_BYTES,
  SEGMENT_MAGIC,
  byteColumn,
  halfColumn,
  heapOf,
  wordColumn,
} from './segment-layout.ts';

/** SLL2's packet type when the link type has none. */
export const PACKET_TYPE_UNKNOWN = 255;
/** SLL2's packet type of what this machine sent. */
export const PACKET_TYPE_OUTGOING = 4;

/** The outermost flow of a packet in a tunnel. */
export interface OuterFlow {
  /** 4 or 6. */
  readonly family: number;
  /** IP protocol: GRE 47, UDP 17. */
  readonly protocol: number;
  /** `TunnelKind` */
  readonly tunnel: number;
  /** Ids in the segment's address table. */
  readonly source: number;
  readonly destination: number;
  /** 0 when the protocol has none. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** VXLAN's and Geneve's network identifier, GRE's key; 0 when there is none. */
  readonly network: number;
}

const TCP = 6;
const TCP_HEADER_BYTES = 20;
const ARP_BYTES = 28;
/** Header bytes by IP protocol: ICMP, UDP, GRE without options, ICMPv6, SCTP. */
const TRANSPORT_HEADERS: Readonly<Record<number, number>> = { 1: 8, 17: 8, 47: 4, 58: 8, 132: 12 };

export class PacketSegment {
  readonly buffer: ArrayBufferLike;
  /** Rows there is room for. */
  readonly capacity: number;
  #firstNumber: number;

  /** The capture's own time. */
  readonly seconds: Uint32Array;
  readonly nanoseconds: Uint32Array;
  /** 0 when the link type does not say. */
  readonly ifindex: Uint32Array;
  /** Bytes captured, and bytes on the wire, from the link header on. */
  readonly caplen: Uint32Array;
  readonly len: Uint32Array;
  /** TCP: sequence number; ICMP echo: identifier << 16 | sequence number. */
  readonly sequence: Uint32Array;
  /** Of TCP, UDP, ICMP, SCTP: bytes after their header, on the wire. */
  readonly payloadLength: Uint32Array;
  /** Into the heap. */
  readonly rawOffset: Uint32Array;
  /** Bits of `Layer`. */
  readonly layers: Uint32Array;
  /** What forwarding leaves of the innermost packet, hashed (match-key.ts); 0 without IP. */
  readonly matchKey: Uint32Array;

  readonly captureId: Uint16Array;
  /** LINKTYPE_… of pcap. */
  readonly linkType: Uint16Array;
  /** Ids in this segment's address table: IP, ARP's IP, else MAC; 0 none. */
  readonly source: Uint16Array;
  readonly destination: Uint16Array;
  readonly sourcePort: Uint16Array;
  readonly destinationPort: Uint16Array;
  /** TCP: twelve bits of flags; ICMP: type << 8 | code. */
  readonly flags: Uint16Array;
  /**
   * Bytes into the packet, past the innermost IP header or past the link header of what is no IP: where TCP, UDP, ARP
   * begins. Of a truncated or broken packet: past what was read of its headers.
   */
  readonly transportOffset: Uint16Array;

  /** SLL2's: 0 to us, 1 broadcast, 2 multicast, 3 to another machine, 4 from us; 255 unknown. */
  readonly packetType: Uint8Array;
  /** 4 or 6 of IP packets, else 0 (ARP too). */
  readonly family: Uint8Array;
  /** IP protocol, after IPv6's extension headers. */
  readonly protocol: Uint8Array;
  /** Bits of `Mark`. */
  readonly marks: Uint8Array;

  readonly heap: Uint8Array;
  readonly #header: Int32Array;

  /** @throws when the buffer is no segment. */
  constructor(buffer: ArrayBufferLike) {
    if (buffer.byteLength < HEADER_BYTES) throw new Error('the buffer is too small for a packet segment');
    const header = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    const capacity = header[HEADER.capacity] ?? 0;
    if (header[HEADER.magic] !== SEGMENT_MAGIC || capacity < 1 || capacity > MAX_ROWS) {
      throw new Error('the buffer holds no packet segment');
    }
    if (HEADER_BYTES + capacity * COLUMN_BYTES > buffer.byteLength)
      throw new Error('a packet segment is cut off');
    this.#header = header;
    this.buffer = buffer;
    this.capacity = capacity;
    this.#firstNumber = new Float64Array(buffer, FIRST_NUMBER_BYTE, 1)[0] ?? 0;
    this.seconds = wordColumn(buffer, capacity, 0);
    this.nanoseconds = wordColumn(buffer, capacity, 1);
    this.ifindex = wordColumn(buffer, capacity, 2);
    this.caplen = wordColumn(buffer, capacity, 3);
    this.len = wordColumn(buffer, capacity, 4);
    this.sequence = wordColumn(buffer, capacity, 5);
    this.payloadLength = wordColumn(buffer, capacity, 6);
    this.rawOffset = wordColumn(buffer, capacity, 7);
    this.layers = wordColumn(buffer, capacity, 8);
    this.matchKey = wordColumn(buffer, capacity, 9);
    this.captureId = halfColumn(buffer, capacity, 0);
    this.linkType = halfColumn(buffer, capacity, 1);
    this.source = halfColumn(buffer, capacity, 2);
    this.destination = halfColumn(buffer, capacity, 3);
    this.sourcePort = halfColumn(buffer, capacity, 4);
    this.destinationPort = halfColumn(buffer, capacity, 5);
    this.flags = halfColumn(buffer, capacity, 6);
    this.transportOffset = halfColumn(buffer, capacity, 7);
    this.packetType = byteColumn(buffer, capacity, 0);
    this.family = byteColumn(buffer, capacity, 1);
    this.protocol = byteColumn(buffer, capacity, 2);
    this.marks = byteColumn(buffer, capacity, 3);
    this.heap = heapOf(buffer, capacity);
  }

  /** Makes a zeroed buffer a segment without rows. */
  static format(buffer: ArrayBufferLike, capacity: number, firstNumber: number): PacketSegment {
    const header = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    header[HEADER.capacity] = capacity;
    new Float64Array(buffer, FIRST_NUMBER_BYTE, 1)[0] = firstNumber;
    Atomics.store(header, HEADER.magic, SEGMENT_MAGIC);
    return new PacketSegment(buffer);
  }

  /** Number of the packet in row 0; packets are counted from 1. */
  get firstNumber(): number {
    return this.#firstNumber;
  }

  /** Whole rows. Whatever thread asks: rows below it, with their addresses and raw bytes, are there. */
  get count(): number {
    return Atomics.load(this.#header, HEADER.count);
  }

  /** Entries of the address table; ids are 1…addressCount. */
  get addressCount(): number {
    return this.#header[HEADER.addresses] ?? 0;
  }

  /** As a `Stretch`: it is here. */
  readonly inMemory = true;

  open(): this {
    return this;
  }

  /** Number of the packet after the last. */
  get endNumber(): number {
    return this.firstNumber + this.count;
  }

  /** Where the entry of an address lies in the heap: its kind, then its bytes. */
  addressOffset(id: number): number {
    return this.heap.length - id * ADDRESS_BYTES;
  }

  /** '' for 0. */
  address(id: number): string {
    if (id < 1 || id > this.addressCount) return '';
    const at = this.addressOffset(id);
    return addressText(this.heap[at] ?? 0, this.heap, at + 1);
  }

  /** Four, six or sixteen bytes; empty for 0. A view, not a copy. */
  addressBytes(id: number): Uint8Array {
    if (id < 1 || id > this.addressCount) return this.heap.subarray(0, 0);
    const at = this.addressOffset(id);
    return this.heap.subarray(at + 1, at + 1 + addressLength(this.heap[at] ?? 0));
  }

  /** What was captured, from the link header on. A view, not a copy. */
  raw(row: number): Uint8Array {
    const from = this.rawOffset[row] ?? 0;
    return this.heap.subarray(from, from + (this.caplen[row] ?? 0));
  }

  /** Of TCP; 0 when it has none or it was not captured. */
  acknowledgement(row: number): number {
    const at = this.transportOffset[row] ?? 0;
    const marks = this.marks[row] ?? 0;
    const unread = Mark.truncated | Mark.broken | Mark.laterFragment;
    if (this.family[row] === 0 || this.protocol[row] !== TCP || (marks & unread) !== 0) return 0;
    return u32(this.heap, (this.rawOffset[row] ?? 0) + at + 8);
  }

  /** Bytes into the packet, past the last header that was read; with TCP options it may lie beyond what was captured. */
  payloadOffset(row: number): number {
    const at = this.transportOffset[row] ?? 0;
    const marks = this.marks[row] ?? 0;
    if ((marks & (Mark.truncated | Mark.broken | Mark.laterFragment)) !== 0) return at;
    if (this.family[row] === 0) return ((this.layers[row] ?? 0) & Layer.arp) === 0 ? at : at + ARP_BYTES;
    const protocol = this.protocol[row] ?? 0;
    if (protocol === TCP) return at + Math.max(TCP_HEADER_BYTES, this.#tcpHeaderLength(row, at));
    return at + (TRANSPORT_HEADERS[protocol] ?? 0);
  }

  #tcpHeaderLength(row: number, at: number): number {
    return (u8(this.heap, (this.rawOffset[row] ?? 0) + at + 12) >> 4) * 4;
  }

  /** Of the outermost link header, after VLAN tags; below 1536 it is a length (IEEE 802.3). 0 when there is none. */
  etherType(row: number): number {
    return etherTypeOf(this.linkType[row] ?? 0, this.raw(row));
  }

  /** Where the outermost flow of a packet in a tunnel lies in the heap (`OUTER` says what); -1: in none. */
  outerOffset(row: number): number {
    if (((this.marks[row] ?? 0) & Mark.tunnel) === 0) return -1;
    return (this.rawOffset[row] ?? 0) + (this.caplen[row] ?? 0);
  }

  /** Null when the packet is in no tunnel. */
  outer(row: number): OuterFlow | null {
    const at = this.outerOffset(row);
    if (at < 0) return null;
    const { heap } = this;
    return {
      family: u8(heap, at + OUTER.family),
      protocol: u8(heap, at + OUTER.protocol),
      tunnel: u8(heap, at + OUTER.tunnel),
      source: u16(heap, at + OUTER.source),
      destination: u16(heap, at + OUTER.destination),
      sourcePort: u16(heap, at + OUTER.sourcePort),
      destinationPort: u16(heap, at + OUTER.destinationPort),
      network: u32(heap, at + OUTER.network),
    };
  }

  /** The capture file's words about the packet; null: none. What is no UTF-8 in them becomes U+FFFD. */
  comment(row: number): string | null {
    const marks = this.marks[row] ?? 0;
    if ((marks & Mark.comment) === 0) return null;
    const behind = (marks & Mark.tunnel) === 0 ? 0 : OUTER_BYTES;
    const at = (this.rawOffset[row] ?? 0) + (this.caplen[row] ?? 0) + behind;
    const from = at + COMMENT_HEAD_BYTES;
    // A copy: decoders refuse shared memory.
    return utf8.decode(this.heap.slice(from, from + u16(this.heap, at)));
  }

  /** For the one writer: makes the next row visible, with the addresses it added. */
  publish(count: number, addresses: number, rawBytes: number): void {
    this.#header[HEADER.rawBytes] = rawBytes;
    this.#header[HEADER.addresses] = addresses;
    // What was written before an atomic store is seen by whoever has loaded what it stored.
    Atomics.store(this.#header, HEADER.count, count);
  }

  /** For the one writer: forgets all rows. Nobody else may hold the segment. */
  restart(firstNumber: number): void {
    this.#firstNumber = firstNumber;
    new Float64Array(this.buffer, FIRST_NUMBER_BYTE, 1)[0] = firstNumber;
    Atomics.store(this.#header, HEADER.count, 0);
  }

  /** Bytes that rows, addresses and raw bytes take; the rest of the buffer is unused. */
  get usedBytes(): number {
    const columns = this.count * COLUMN_BYTES;
    return HEADER_BYTES + columns + (this.#header[HEADER.rawBytes] ?? 0) + this.addressCount * ADDRESS_BYTES;
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
