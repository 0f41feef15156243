// The one writer of a segment: raw bytes first, then the dissectors tell of the row, then it is published.
import { AddressKind } from '../address.ts';
import { AddressTable } from './address-table.ts';
import { matchKey } from '../columns/match-key.ts';
import { NOWHERE, PacketHeaders, type OuterHeaders } from '../columns/packet-headers.ts';
import { Mark } from './marks.ts';
import type { PacketSegment } from './packet-segment.ts';
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
  readonly heap: Uint8Array;
  /** The row being written. */
  row = 0;

  /** What is told of its packet. */
  readonly headers: PacketHeaders;

  readonly #heapView: DataView;
  readonly #addresses: AddressTable;
  #rawStart = 0;
  #rawEnd = 0;
  #comment: Uint8Array | null = null;

  constructor(segment: PacketSegment) {
    this.segment = segment;
    this.heap = segment.heap;
    this.headers = new PacketHeaders(this.heap);
    this.#heapView = new DataView(this.heap.buffer, this.heap.byteOffset, this.heap.byteLength);
    this.#addresses = new AddressTable(this.heap);
  }

  /** What a packet may take of the heap. */
  static heapBytes(caplen: number, comment: Uint8Array | null): number {
    const words = comment === null ? 0 : COMMENT_HEAD_BYTES + Math.min(comment.length, MAX_COMMENT_BYTES);
    return caplen + OUTER_BYTES + words + ADDRESSES_A_ROW * ADDRESS_BYTES;
  }

  get rawBytes(): number {
    return this.#rawEnd;
  }

  hasRoom(caplen: number, comment: Uint8Array | null): boolean {
    const addresses = this.#addresses.count;
    return (
      this.row < this.segment.capacity &&
      addresses + ADDRESSES_A_ROW <= MAX_ADDRESSES &&
      this.#rawEnd + SegmentWriter.heapBytes(caplen, comment) + addresses * ADDRESS_BYTES <= this.heap.length
    );
  }

  /** Begins a row: copies its packet to where it stays. @param len bytes on the wire. */
  begin(stream: DataView, at: number, caplen: number, len: number): void {
    const start = this.#rawEnd;
    if (caplen <= COPY_BY_WORDS) {
      const { heap } = this;
      const view = this.#heapView;
      const words = caplen & ~3;
      for (let index = 0; index < words; index += 4) {
        view.setUint32(start + index, stream.getUint32(at + index, true), true);
      }
      for (let index = words; index < caplen; index += 1) heap[start + index] = stream.getUint8(at + index);
    } else {
      this.heap.set(new Uint8Array(stream.buffer, stream.byteOffset + at, caplen), start);
    }
    this.#rawStart = start;
    this.#rawEnd = start + caplen;
    this.headers.begin(start, caplen, len);
    this.segment.len[this.row] = len;
    this.#comment = null;
  }

  /** The capture file's words about the packet, in UTF-8. Of very long ones the beginning is kept. */
  comment(bytes: Uint8Array): void {
    this.headers.marks |= Mark.comment;
    this.#comment = bytes;
  }

  publish(): void {
    const { segment, row, headers } = this;
    const { addressKind, sourceAt, destinationAt } = headers;
    const addresses = this.#addresses;
    segment.rawOffset[row] = this.#rawStart;
    segment.caplen[row] = this.#rawEnd - this.#rawStart;
    segment.source[row] = sourceAt === NOWHERE ? 0 : addresses.idOf(addressKind, sourceAt);
    segment.destination[row] = destinationAt === NOWHERE ? 0 : addresses.idOf(addressKind, destinationAt);
    segment.ifindex[row] = headers.ifindex;
    segment.packetType[row] = headers.packetType;
    segment.family[row] = headers.family;
    segment.protocol[row] = headers.protocol;
    segment.sourcePort[row] = headers.sourcePort;
    segment.destinationPort[row] = headers.destinationPort;
    segment.flags[row] = headers.flags;
    segment.sequence[row] = headers.sequence;
    segment.payloadLength[row] = headers.payloadLength;
    segment.layers[row] = headers.layers;
    segment.marks[row] = headers.marks;
    segment.transportOffset[row] = headers.transportAt - this.#rawStart;
    segment.matchKey[row] = matchKey(headers);
    if ((headers.marks & Mark.tunnel) !== 0) this.#writeOuter(headers.outer);
    if (this.#comment !== null) this.#writeComment(this.#comment);
    this.row += 1;
    segment.publish(this.row, addresses.count, this.#rawEnd);
  }

  #writeOuter(outer: OuterHeaders): void {
    const at = this.#rawEnd;
    const view = this.#heapView;
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
    this.#heapView.setUint16(this.#rawEnd, length);
    this.heap.set(bytes.subarray(0, length), this.#rawEnd + COMMENT_HEAD_BYTES);
    this.#rawEnd += COMMENT_HEAD_BYTES + length;
  }
}
