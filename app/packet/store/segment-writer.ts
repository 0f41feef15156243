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
  allBytes,
  allHalves,
  allWords,
} from './segment-layout.ts';

/** Room that a row must find in the address table before it begins: of its innermost and of its outermost flow. */
const ADDRESSES_A_ROW = 4;
/** Up to here words are copied faster than a view is made for `set` (measured: 31 ns against 62 ns at 72 bytes). */
const COPY_BY_WORDS = 144;

export class SegmentWriter {
  readonly segment: PacketSegment;
  /** What is told of the packet in the row being written. */
  readonly headers: PacketHeaders;
  /** The row being written. */
  row = 0;

  readonly #heap: Uint8Array;
  readonly #view: DataView;
  readonly #addresses: AddressTable;
  // All columns of a width lie one behind the other: column c of a row is `capacity` entries past column c - 1.
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;
  /** Where raw bytes end that are the segment's own. */
  #rawEnd = 0;
  #caplen = 0;
  /** Of the stream asked for last, where in the heap it lies. */
  #stream: DataView | null = null;
  #inHeapFrom = NOWHERE;
  #comment: Uint8Array | null = null;

  constructor(segment: PacketSegment) {
    this.segment = segment;
    this.#heap = segment.heap;
    this.#view = new DataView(this.#heap.buffer, this.#heap.byteOffset, this.#heap.byteLength);
    this.headers = new PacketHeaders(this.#heap);
    this.#addresses = new AddressTable(this.#heap);
    const { buffer, capacity } = segment;
    this.#words = allWords(buffer, capacity);
    this.#halves = allHalves(buffer, capacity);
    this.#bytes = allBytes(buffer, capacity);
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

  /** Begins a row: a packet that does not lie in the heap is copied there. @param len bytes on the wire */
  begin(stream: DataView, at: number, caplen: number, len: number): void {
    if (stream !== this.#stream) this.#look(stream);
    let start = this.#inHeapFrom + at;
    if (this.#inHeapFrom === NOWHERE) {
      start = this.#rawEnd;
      this.#copy(stream, at, caplen, start);
      this.#rawEnd = start + caplen;
    }
    this.#caplen = caplen;
    this.headers.begin(start, caplen, len);
    this.#comment = null;
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

  /** The capture file's words about the packet, in UTF-8. Of very long ones the beginning is kept. */
  comment(bytes: Uint8Array): void {
    this.headers.marks |= Mark.comment;
    this.#comment = bytes;
  }

  /** Writes the row; `publish` makes it visible. */
  end(captureId: number, linkType: number, len: number, seconds: number, nanoseconds: number): void {
    const { row, headers } = this;
    const { capacity } = this.segment;
    const { addressKind, sourceAt, destinationAt, marks } = headers;
    const addresses = this.#addresses;
    const source = sourceAt === NOWHERE ? 0 : addresses.idOf(addressKind, sourceAt);
    const destination = destinationAt === NOWHERE ? 0 : addresses.idOf(addressKind, destinationAt);
    const key = matchKey(headers);
    const start = (marks & (Mark.tunnel | Mark.comment)) === 0 ? headers.start : this.#withMore();
    // In the order of packet-segment.ts.
    const words = this.#words;
    let index = row;
    words[index] = seconds;
    words[(index += capacity)] = nanoseconds;
    words[(index += capacity)] = headers.ifindex;
    words[(index += capacity)] = this.#caplen;
    words[(index += capacity)] = len;
    words[(index += capacity)] = headers.sequence;
    words[(index += capacity)] = headers.payloadLength;
    words[(index += capacity)] = start;
    words[(index += capacity)] = headers.layers;
    words[index + capacity] = key;
    const halves = this.#halves;
    index = row;
    halves[index] = captureId;
    halves[(index += capacity)] = linkType;
    halves[(index += capacity)] = source;
    halves[(index += capacity)] = destination;
    halves[(index += capacity)] = headers.sourcePort;
    halves[(index += capacity)] = headers.destinationPort;
    halves[(index += capacity)] = headers.flags;
    halves[index + capacity] = headers.transportAt - headers.start;
    const bytes = this.#bytes;
    index = row;
    bytes[index] = headers.packetType;
    bytes[(index += capacity)] = headers.family;
    bytes[(index += capacity)] = headers.protocol;
    bytes[index + capacity] = marks;
    this.row = row + 1;
  }

  /** All rows written so far become visible. */
  publish(): void {
    this.segment.publish(this.row, this.#addresses.count, this.#rawEnd);
  }

  /** Puts the outer flow and the comment behind the raw bytes, and these where that can be. Returns where they begin. */
  #withMore(): number {
    const { start, marks, outer } = this.headers;
    let at = start;
    if (start + this.#caplen !== this.#rawEnd) {
      at = this.#rawEnd;
      this.#heap.copyWithin(at, start, start + this.#caplen);
      this.#rawEnd = at + this.#caplen;
    }
    if ((marks & Mark.tunnel) !== 0) this.#writeOuter(outer);
    if (this.#comment !== null) this.#writeComment(this.#comment);
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
