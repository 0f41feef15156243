// Packets of one stretch of time in one buffer: a header, columns, and a heap that raw bytes fill from below and the
// address table from above. The buffer alone says everything: it outlives the thread that wrote it.
import { addressLength, addressText } from '../address.ts';
import {
  ADDRESS_BYTES,
  COLUMN_BYTES,
  FIRST_NUMBER_BYTE,
  HEADER,
  HEADER_BYTES,
  MAX_ROWS,
  SEGMENT_MAGIC,
  byteColumn,
  halfColumn,
  heapOf,
  wordColumn,
} from './segment-layout.ts';

/** What was wrong with a packet, or is special about it: bits of the column `marks`. */
export const Mark = {
  /** It was captured no further than into a header. */
  truncated: 1,
  /** A header contradicts itself or the lengths around it. */
  broken: 2,
  /** A fragment beyond the first: no ports. */
  laterFragment: 4,
  /** A first fragment: the payload goes on in others. */
  firstFragment: 8,
} as const;

/** SLL2's packet type when the link type has none. */
export const PACKET_TYPE_UNKNOWN = 255;
/** SLL2's packet type of what this machine sent. */
export const PACKET_TYPE_OUTGOING = 4;

export class PacketSegment {
  readonly buffer: ArrayBufferLike;
  /** Rows there is room for. */
  readonly capacity: number;
  /** Number of the packet in row 0; packets are counted from 1. */
  readonly firstNumber: number;

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
  readonly acknowledgement: Uint32Array;
  /** Of TCP, UDP, ICMP: bytes after their header, on the wire. */
  readonly payloadLength: Uint32Array;
  /** Into the heap. */
  readonly rawOffset: Uint32Array;

  readonly captureId: Uint16Array;
  /** LINKTYPE_… of pcap. */
  readonly linkType: Uint16Array;
  /** Innermost EtherType after VLAN tags; 0 when there is none. */
  readonly etherType: Uint16Array;
  /** Ids in this segment's address table: IP, ARP's IP, else MAC; 0 none. */
  readonly source: Uint16Array;
  readonly destination: Uint16Array;
  readonly sourcePort: Uint16Array;
  readonly destinationPort: Uint16Array;
  /** TCP: twelve bits of flags; ICMP: type << 8 | code. */
  readonly flags: Uint16Array;
  /** Bytes into the packet, past the last header that was read; with TCP options it may lie beyond what was captured. */
  readonly payloadOffset: Uint16Array;

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
    this.firstNumber = new Float64Array(buffer, FIRST_NUMBER_BYTE, 1)[0] ?? 0;
    this.seconds = wordColumn(buffer, capacity, 0);
    this.nanoseconds = wordColumn(buffer, capacity, 1);
    this.ifindex = wordColumn(buffer, capacity, 2);
    this.caplen = wordColumn(buffer, capacity, 3);
    this.len = wordColumn(buffer, capacity, 4);
    this.sequence = wordColumn(buffer, capacity, 5);
    this.acknowledgement = wordColumn(buffer, capacity, 6);
    this.payloadLength = wordColumn(buffer, capacity, 7);
    this.rawOffset = wordColumn(buffer, capacity, 8);
    this.captureId = halfColumn(buffer, capacity, 0);
    this.linkType = halfColumn(buffer, capacity, 1);
    this.etherType = halfColumn(buffer, capacity, 2);
    this.source = halfColumn(buffer, capacity, 3);
    this.destination = halfColumn(buffer, capacity, 4);
    this.sourcePort = halfColumn(buffer, capacity, 5);
    this.destinationPort = halfColumn(buffer, capacity, 6);
    this.flags = halfColumn(buffer, capacity, 7);
    this.payloadOffset = halfColumn(buffer, capacity, 8);
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

  /** Whole rows. Whatever thread asks: rows below it, with their addresses and raw bytes, are there. */
  get count(): number {
    return Atomics.load(this.#header, HEADER.count);
  }

  /** Entries of the address table; ids are 1…addressCount. */
  get addressCount(): number {
    return this.#header[HEADER.addresses] ?? 0;
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

  /** For the one writer: makes the next row visible, with the addresses it added. */
  publish(count: number, addresses: number, rawBytes: number): void {
    this.#header[HEADER.rawBytes] = rawBytes;
    this.#header[HEADER.addresses] = addresses;
    // What was written before an atomic store is seen by whoever has loaded what it stored.
    Atomics.store(this.#header, HEADER.count, count);
  }

  /** Bytes that rows, addresses and raw bytes take; the rest of the buffer is unused. */
  get usedBytes(): number {
    const columns = this.count * COLUMN_BYTES;
    return HEADER_BYTES + columns + (this.#header[HEADER.rawBytes] ?? 0) + this.addressCount * ADDRESS_BYTES;
  }
}
