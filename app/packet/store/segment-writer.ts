// The one writer of a segment: raw bytes first, then the dissectors tell of the row, then it is published.
import { AddressKind } from '../address.ts';
import { AddressTable } from './address-table.ts';
import { Step } from '../columns/steps.ts';
import { Mark } from './marks.ts';
import { PACKET_TYPE_UNKNOWN, type PacketSegment } from './packet-segment.ts';
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
/** Where no address is. */
const NOWHERE = -1;

export class SegmentWriter {
  readonly segment: PacketSegment;
  readonly heap: Uint8Array;
  /** The row being written. */
  row = 0;

  /** Where the next header begins in the heap, and where what was captured of it and of what it holds ends. */
  at = 0;
  end = 0;
  /** Where that ends on the wire; perhaps past what was captured. */
  wireEnd = 0;

  // What is told of the row; columns of the same names say in which units. All of the innermost flow.
  ifindex = 0;
  packetType: number = PACKET_TYPE_UNKNOWN;
  family = 0;
  protocol = 0;
  sourcePort = 0;
  destinationPort = 0;
  flags = 0;
  sequence = 0;
  payloadLength = 0;
  layers = 0;
  marks = 0;
  /** In the heap; moves inwards with the headers. */
  transportAt = 0;
  /** What leads from this flow to one within it: `TunnelKind` and network; 0: nothing yet. */
  tunnel = 0;
  network = 0;

  readonly #heapView: DataView;
  readonly #addresses: AddressTable;
  #rawStart = 0;
  #rawEnd = 0;
  #addressKind = 0;
  #sourceAt = NOWHERE;
  #destinationAt = NOWHERE;
  #comment: Uint8Array | null = null;
  #outer = {
    family: 0,
    protocol: 0,
    tunnel: 0,
    sourceAt: 0,
    destinationAt: 0,
    sourcePort: 0,
    destinationPort: 0,
    network: 0,
  };

  constructor(segment: PacketSegment) {
    this.segment = segment;
    this.heap = segment.heap;
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
    this.at = start;
    this.transportAt = start;
    this.end = start + caplen;
    // Odd files say that more was captured than there was.
    this.wireEnd = start + Math.max(len, caplen);
    this.segment.len[this.row] = len;
    this.ifindex = 0;
    this.packetType = PACKET_TYPE_UNKNOWN;
    this.family = 0;
    this.layers = 0;
    this.marks = 0;
    this.#addressKind = 0;
    this.#sourceAt = NOWHERE;
    this.#destinationAt = NOWHERE;
    this.#comment = null;
    this.#forget();
  }

  /** What the layer that begins now holds ends here on the wire, if not before. */
  limit(wireEnd: number): void {
    if (wireEnd < this.wireEnd) this.wireEnd = wireEnd;
    if (wireEnd < this.end) this.end = wireEnd;
  }

  /** A header was read; the next begins here. */
  advance(at: number): void {
    this.at = at;
    // After IP the transport's header stays where it is, whatever it carries, until another IP header comes.
    if (this.family === 0) this.transportAt = at;
  }

  /** An IP header was read. */
  advanceToTransport(at: number): void {
    this.at = at;
    this.transportAt = at;
  }

  /** A header that would end at `headerEnd` is not there whole: the capture ends before, or what is around it does. */
  cut(headerEnd: number): typeof Step.done {
    if (headerEnd > this.wireEnd) return this.broken();
    this.marks |= Mark.truncated;
    this.transportAt = this.end;
    return Step.done;
  }

  /** The header that begins at `at` contradicts itself or what is around it. */
  broken(): typeof Step.done {
    this.marks |= Mark.broken;
    this.transportAt = this.at;
    return Step.done;
  }

  /** The link's own addresses stand in as long as nothing better comes. @param destination `null`: there is none. */
  linkAddresses(source: number, destination: number | null): void {
    if (this.#addressKind !== 0) return;
    this.#addressKind = AddressKind.mac;
    this.#sourceAt = source;
    this.#destinationAt = destination ?? NOWHERE;
  }

  /**
   * An IP or ARP header: its addresses lie whole in the heap. One within another flow makes that the outer one.
   * @param family 4 or 6; 0: ARP
   */
  beginFlow(family: number, kind: number, source: number, destination: number): void {
    if (this.family !== 0) {
      if ((this.marks & Mark.tunnel) === 0) this.#keepOuter();
      else this.marks |= Mark.deeper;
      // Fragments of the tunnel's are its own affair.
      this.marks &= ~Mark.firstFragment;
      this.#forget();
    }
    this.family = family;
    this.#addressKind = kind;
    this.#sourceAt = source;
    this.#destinationAt = destination;
  }

  #forget(): void {
    this.protocol = 0;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.flags = 0;
    this.sequence = 0;
    this.payloadLength = 0;
    this.tunnel = 0;
    this.network = 0;
  }

  #keepOuter(): void {
    this.marks |= Mark.tunnel;
    const outer = this.#outer;
    outer.family = this.family;
    outer.protocol = this.protocol;
    outer.tunnel = this.tunnel;
    outer.sourceAt = this.#sourceAt;
    outer.destinationAt = this.#destinationAt;
    outer.sourcePort = this.sourcePort;
    outer.destinationPort = this.destinationPort;
    outer.network = this.network;
  }

  /** The capture file's words about the packet, in UTF-8. Of very long ones the beginning is kept. */
  comment(bytes: Uint8Array): void {
    this.marks |= Mark.comment;
    this.#comment = bytes;
  }

  publish(): void {
    const { segment, row } = this;
    const addresses = this.#addresses;
    const kind = this.#addressKind;
    segment.rawOffset[row] = this.#rawStart;
    segment.caplen[row] = this.#rawEnd - this.#rawStart;
    segment.source[row] = this.#sourceAt === NOWHERE ? 0 : addresses.idOf(kind, this.#sourceAt);
    segment.destination[row] =
      this.#destinationAt === NOWHERE ? 0 : addresses.idOf(kind, this.#destinationAt);
    segment.ifindex[row] = this.ifindex;
    segment.packetType[row] = this.packetType;
    segment.family[row] = this.family;
    segment.protocol[row] = this.protocol;
    segment.sourcePort[row] = this.sourcePort;
    segment.destinationPort[row] = this.destinationPort;
    segment.flags[row] = this.flags;
    segment.sequence[row] = this.sequence;
    segment.payloadLength[row] = this.payloadLength;
    segment.layers[row] = this.layers;
    segment.marks[row] = this.marks;
    segment.transportOffset[row] = this.transportAt - this.#rawStart;
    segment.matchKey[row] = 0;
    if ((this.marks & Mark.tunnel) !== 0) this.#writeOuter();
    if (this.#comment !== null) this.#writeComment(this.#comment);
    this.row += 1;
    segment.publish(this.row, addresses.count, this.#rawEnd);
  }

  #writeOuter(): void {
    const outer = this.#outer;
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
