// The one writer of a segment: raw bytes first, then the row that dissectors tell of, then it is published.
import { AddressKind } from '../address.ts';
import { AddressTable } from './address-table.ts';
import { CommonPackets } from '../columns/common-packet.ts';
import { ethernetPacketType } from '../columns/ethernet-direction.ts';
import { LinkType } from '../columns/link-types.ts';
import { matchKey } from '../columns/match-key.ts';
import { NOWHERE, PacketHeaders, type OuterHeaders } from '../columns/packet-headers.ts';
import { readHeaders } from '../columns/read-headers.ts';
import { Mark } from './marks.ts';
import { PACKET_TYPE_UNKNOWN, type PacketSegment } from './packet-segment.ts';
import { SegmentColumns } from './segment-columns.ts';
import {
  ADDRESS_BYTES,
  COMMENT_HEAD_BYTES,
  MAX_ADDRESSES,
  MAX_COMMENT_BYTES,
  OUTER,
  OUTER_BYTES,
} from './segment-layout.ts';

/** Room that a row must find in the address table before it begins: of its innermost and of its outermost flow. */
const ADDRESSES_A_ROW = 4;
/** Up to here words are copied faster than a view is made for `set` (measured: 31 ns against 62 ns at 72 bytes). */
const COPY_BY_WORDS = 144;

export class SegmentWriter {
  readonly segment: PacketSegment;
  /** The next to be written: so many are. */
  row = 0;

  readonly #heap: Uint8Array;
  readonly #view: DataView;
  readonly #addresses: AddressTable;
  readonly #columns: SegmentColumns;
  /** What is told of the packet in the row being written. */
  readonly #headers: PacketHeaders;
  readonly #common: CommonPackets;
  /** Where raw bytes end that are the segment's own. */
  #rawEnd = 0;
  /** Of the stream asked for last, where in the heap it lies. */
  #stream: DataView | null = null;
  #inHeapFrom = NOWHERE;

  constructor(segment: PacketSegment) {
    this.segment = segment;
    this.#heap = segment.heap;
    this.#view = new DataView(this.#heap.buffer, this.#heap.byteOffset, this.#heap.byteLength);
    this.#headers = new PacketHeaders(this.#heap);
    this.#addresses = new AddressTable(this.#heap);
    this.#columns = new SegmentColumns(segment);
    this.#common = new CommonPackets(this.#view, this.#addresses, this.#columns);
  }

  /** What a packet may take of the heap. */
  static heapBytes(caplen: number, comment: Uint8Array | null): number {
    const words = comment === null ? 0 : COMMENT_HEAD_BYTES + Math.min(comment.length, MAX_COMMENT_BYTES);
    return caplen + OUTER_BYTES + words + ADDRESSES_A_ROW * ADDRESS_BYTES;
  }

  hasRoom(caplen: number, comment: Uint8Array | null): boolean {
    return (
      this.row < this.segment.capacity &&
      this.#addresses.count + ADDRESSES_A_ROW <= MAX_ADDRESSES &&
      this.#rawEnd + SegmentWriter.heapBytes(caplen, comment) <= this.#addresses.floor
    );
  }

  /**
   * Forgets all rows; addresses keep their ids. The first `reserved` bytes of the heap are left to packets that others put
   * there: those stay where they lie.
   */
  rewind(reserved: number, firstNumber: number): void {
    this.row = 0;
    this.#rawEnd = reserved;
    this.segment.restart(firstNumber);
  }

  /**
   * Writes a row; `publish` makes it visible. A packet that does not lie in the heap is copied there.
   *
   * @param len bytes on the wire. @param comment the capture file's words about it, UTF-8; of very long ones the
   * beginning is kept. @param device six bytes: of Ethernet it tells which way the packet went
   */
  append(
    captureId: number,
    linkType: number,
    stream: DataView,
    at: number,
    caplen: number,
    len: number,
    seconds: number,
    nanoseconds: number,
    comment: Uint8Array | null,
    device: Uint8Array | null,
  ): void {
    if (stream !== this.#stream) this.#look(stream);
    let start = this.#inHeapFrom + at;
    if (this.#inHeapFrom === NOWHERE) {
      start = this.#rawEnd;
      this.#copy(stream, at, caplen, start);
      this.#rawEnd = start + caplen;
    }
    const packetType =
      device === null || linkType !== LinkType.ethernet
        ? PACKET_TYPE_UNKNOWN
        : (ethernetPacketType(this.#heap, start, start + caplen, device) ?? PACKET_TYPE_UNKNOWN);
    this.#columns.writeCapture(this.row, seconds, nanoseconds, caplen, len, captureId, linkType);
    const common = comment === null && this.#common.write(this.row, linkType, packetType, start, caplen, len);
    if (!common) {
      this.#headers.begin(start, caplen, len);
      this.#headers.packetType = packetType;
      readHeaders(this.#headers, linkType);
      this.#writeRow(caplen, comment);
    }
    this.row += 1;
  }

  #look(stream: DataView): void {
    this.#stream = stream;
    const heap = this.#heap;
    this.#inHeapFrom = stream.buffer === heap.buffer ? stream.byteOffset - heap.byteOffset : NOWHERE;
  }

  #copy(stream: DataView, at: number, length: number, to: number): void {
    if (length <= COPY_BY_WORDS) {
      const heap = this.#heap;
      const view = this.#view;
      const words = length & ~3;
      for (let index = 0; index < words; index += 4) {
        view.setUint32(to + index, stream.getUint32(at + index, true), true);
      }
      for (let index = words; index < length; index += 1) heap[to + index] = stream.getUint8(at + index);
    } else {
      this.#heap.set(new Uint8Array(stream.buffer, stream.byteOffset + at, length), to);
    }
  }

  #writeRow(caplen: number, comment: Uint8Array | null): void {
    const headers = this.#headers;
    const { addressKind, sourceAt, destinationAt } = headers;
    const addresses = this.#addresses;
    const source = sourceAt === NOWHERE ? 0 : addresses.idOf(addressKind, sourceAt);
    const destination = destinationAt === NOWHERE ? 0 : addresses.idOf(addressKind, destinationAt);
    const key = matchKey(headers);
    if (comment !== null) headers.marks |= Mark.comment;
    const more = (headers.marks & (Mark.tunnel | Mark.comment)) !== 0;
    const rawOffset = more ? this.#withMore(caplen, comment) : headers.start;
    this.#columns.writeHeaders(
      this.row,
      headers.ifindex,
      headers.sequence,
      headers.payloadLength,
      rawOffset,
      headers.layers,
      key,
      source,
      destination,
      headers.sourcePort,
      headers.destinationPort,
      headers.flags,
      headers.transportAt - headers.start,
      headers.packetType,
      headers.family,
      headers.protocol,
      headers.marks,
    );
  }

  /** All rows written so far become visible. */
  publish(): void {
    this.segment.publish(this.row, this.#addresses.count, this.#rawEnd);
  }

  /** Puts the outer flow and the comment behind the raw bytes, and these where that can be. Returns where they begin. */
  #withMore(caplen: number, comment: Uint8Array | null): number {
    const { start, marks, outer } = this.#headers;
    let at = start;
    if (start + caplen !== this.#rawEnd) {
      at = this.#rawEnd;
      this.#heap.copyWithin(at, start, start + caplen);
      this.#rawEnd = at + caplen;
    }
    if ((marks & Mark.tunnel) !== 0) this.#writeOuter(outer);
    if (comment !== null) this.#writeComment(comment);
    return at;
  }

  #writeOuter(outer: OuterHeaders): void {
    const at = this.#rawEnd;
    const view = this.#view;
    const kind = outer.family === 4 ? AddressKind.ipv4 : AddressKind.ipv6;
    view.setUint8(at + OUTER.family, outer.family);
    view.setUint8(at + OUTER.protocol, outer.protocol);
    view.setUint8(at + OUTER.tunnel, outer.tunnel);
    view.setUint16(at + OUTER.source, this.#addresses.idOf(kind, outer.sourceAt));
    view.setUint16(at + OUTER.destination, this.#addresses.idOf(kind, outer.destinationAt));
    view.setUint16(at + OUTER.sourcePort, outer.sourcePort);
    view.setUint16(at + OUTER.destinationPort, outer.destinationPort);
    view.setUint32(at + OUTER.network, outer.network);
    this.#rawEnd = at + OUTER_BYTES;
  }

  #writeComment(bytes: Uint8Array): void {
    let length = Math.min(bytes.length, MAX_COMMENT_BYTES);
    // Not within a character.
    while (length > 0 && length < bytes.length && ((bytes[length] ?? 0) & 0xc0) === 0x80) length -= 1;
    this.#view.setUint16(this.#rawEnd, length);
    this.#heap.set(bytes.subarray(0, length), this.#rawEnd + COMMENT_HEAD_BYTES);
    this.#rawEnd += COMMENT_HEAD_BYTES + length;
  }
}
