// The one writer of a segment: raw bytes first, then the dissectors fill the row in place, then it is published.
import { AddressKind, addressLength } from '../address.ts';
import { Mark, type PacketSegment } from './packet-segment.ts';
import { ADDRESS_BYTES, MAX_ADDRESSES } from './segment-layout.ts';

/** Room that a row must find in the address table before it begins. */
const ADDRESSES_A_ROW = 2;
/** Somebody may choose addresses that collide: then an address gets a second id rather than the writer a long search. */
const MAX_PROBES = 64;
/** 2^32 over the golden ratio: neighbours land far apart. */
const HASH_FACTOR = 0x9e3779b1;
/** Up to here words are copied faster than a view is made for `set` (measured: 31 ns against 62 ns at 72 bytes). */
const COPY_BY_WORDS = 144;

export class SegmentWriter {
  readonly segment: PacketSegment;
  readonly heap: Uint8Array;
  /** The row being written. */
  row = 0;
  readonly #heapView: DataView;
  #rawEnd = 0;
  #addresses = 0;
  /** Open addressing over ids; grows with the table. */
  #index = new Uint16Array(512);

  constructor(segment: PacketSegment) {
    this.segment = segment;
    this.heap = segment.heap;
    this.#heapView = new DataView(this.heap.buffer, this.heap.byteOffset, this.heap.byteLength);
  }

  static heapBytes(caplen: number): number {
    return caplen + ADDRESSES_A_ROW * ADDRESS_BYTES;
  }

  get rawBytes(): number {
    return this.#rawEnd;
  }

  hasRoom(caplen: number): boolean {
    return (
      this.row < this.segment.capacity &&
      this.#addresses + ADDRESSES_A_ROW <= MAX_ADDRESSES &&
      this.#rawEnd + caplen + (this.#addresses + ADDRESSES_A_ROW) * ADDRESS_BYTES <= this.heap.length
    );
  }

  /** Copies a packet to where it stays. Returns its place in the heap. */
  begin(stream: DataView, at: number, caplen: number): number {
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
    this.segment.rawOffset[this.row] = start;
    this.segment.caplen[this.row] = caplen;
    this.#rawEnd = start + caplen;
    return start;
  }

  /** A header was read whole; past it, at `at` in the heap, its payload begins. */
  headerEnds(at: number): void {
    this.segment.payloadOffset[this.row] = at - (this.segment.rawOffset[this.row] ?? 0);
  }

  /** The capture ends, at `end` in the heap, within a header. */
  truncated(end: number): void {
    this.mark(Mark.truncated);
    this.headerEnds(end);
  }

  mark(bit: number): void {
    const { marks } = this.segment;
    marks[this.row] = (marks[this.row] ?? 0) | bit;
  }

  publish(): void {
    this.row += 1;
    this.segment.publish(this.row, this.#addresses, this.#rawEnd);
  }

  /** Id of the address that lies whole at `at` in the heap. */
  intern(kind: number, at: number): number {
    const mask = this.#index.length - 1;
    let slot = this.#hash(kind, at) & mask;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const id = this.#index[slot] ?? 0;
      if (id === 0) {
        this.#index[slot] = this.#append(kind, at);
        if (this.#addresses * 2 > mask) this.#grow();
        return this.#addresses;
      }
      if (this.#same(this.heap.length - id * ADDRESS_BYTES, kind, at)) return id;
      slot = (slot + 1) & mask;
    }
    return this.#append(kind, at);
  }

  /** Whether the table's entry is the address at `at`. */
  #same(entry: number, kind: number, at: number): boolean {
    const view = this.#heapView;
    if (this.heap[entry] !== kind || view.getUint32(entry + 1) !== view.getUint32(at)) return false;
    if (kind === AddressKind.ipv4) return true;
    if (kind === AddressKind.mac) return view.getUint16(entry + 5) === view.getUint16(at + 4);
    return (
      view.getUint32(entry + 5) === view.getUint32(at + 4) &&
      view.getUint32(entry + 9) === view.getUint32(at + 8) &&
      view.getUint32(entry + 13) === view.getUint32(at + 12)
    );
  }

  #append(kind: number, at: number): number {
    this.#addresses += 1;
    const entry = this.heap.length - this.#addresses * ADDRESS_BYTES;
    this.heap[entry] = kind;
    const length = addressLength(kind);
    for (let index = 0; index < length; index += 1) this.heap[entry + 1 + index] = this.heap[at + index] ?? 0;
    return this.#addresses;
  }

  #grow(): void {
    let length = this.#index.length;
    // Second ids were never in it, so that it may have to grow by more than twice.
    while (length <= this.#addresses * 2) length *= 2;
    const index = new Uint16Array(length);
    const mask = length - 1;
    for (let id = 1; id <= this.#addresses; id += 1) {
      const entry = this.heap.length - id * ADDRESS_BYTES;
      let slot = this.#hash(this.heap[entry] ?? 0, entry + 1) & mask;
      let probes = 1;
      for (; index[slot] !== 0 && probes < MAX_PROBES; probes += 1) slot = (slot + 1) & mask;
      if (index[slot] === 0) index[slot] = id;
    }
    this.#index = index;
  }

  #hash(kind: number, at: number): number {
    const view = this.#heapView;
    let value = Math.imul(view.getUint32(at), HASH_FACTOR);
    if (kind === AddressKind.mac) {
      value = stirred(value, view.getUint16(at + 4));
    } else if (kind === AddressKind.ipv6) {
      value = stirred(value, view.getUint32(at + 4));
      value = stirred(value, view.getUint32(at + 8));
      value = stirred(value, view.getUint32(at + 12));
    }
    return value ^ (value >>> 15);
  }
}

function stirred(value: number, word: number): number {
  return Math.imul(value ^ (value >>> 15) ^ word, HASH_FACTOR);
}
