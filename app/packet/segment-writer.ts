// The one writer of a segment: raw bytes first, then the dissectors fill the row in place, then it is published.
import { addressLength } from './address.ts';
import { Mark, type PacketSegment } from './packet-segment.ts';
import { ADDRESS_BYTES, MAX_ADDRESSES } from './segment-layout.ts';

/** Room that a row must find in the address table before it begins. */
const ADDRESSES_A_ROW = 2;
/** Somebody may choose addresses that collide: then an address gets a second id rather than the writer a long search. */
const MAX_PROBES = 64;
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
    const { heap } = this;
    const length = addressLength(kind);
    const mask = this.#index.length - 1;
    let slot = hash(heap, at, length, kind) & mask;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const id = this.#index[slot] ?? 0;
      if (id === 0) {
        this.#index[slot] = this.#append(kind, at, length);
        if (this.#addresses * 2 > mask) this.#grow();
        return this.#addresses;
      }
      if (this.#same(id, kind, at, length)) return id;
      slot = (slot + 1) & mask;
    }
    return this.#append(kind, at, length);
  }

  #same(id: number, kind: number, at: number, length: number): boolean {
    const { heap } = this;
    const entry = heap.length - id * ADDRESS_BYTES;
    if (heap[entry] !== kind) return false;
    for (let index = 0; index < length; index += 1) {
      if (heap[entry + 1 + index] !== heap[at + index]) return false;
    }
    return true;
  }

  #append(kind: number, at: number, length: number): number {
    this.#addresses += 1;
    const entry = this.heap.length - this.#addresses * ADDRESS_BYTES;
    this.heap[entry] = kind;
    for (let index = 0; index < length; index += 1) this.heap[entry + 1 + index] = this.heap[at + index] ?? 0;
    return this.#addresses;
  }

  #grow(): void {
    const index = new Uint16Array(this.#index.length * 2);
    const mask = index.length - 1;
    for (let id = 1; id <= this.#addresses; id += 1) {
      const entry = this.heap.length - id * ADDRESS_BYTES;
      const kind = this.heap[entry] ?? 0;
      let slot = hash(this.heap, entry + 1, addressLength(kind), kind) & mask;
      while (index[slot] !== 0) slot = (slot + 1) & mask;
      index[slot] = id;
    }
    this.#index = index;
  }
}

/** FNV-1a with a last stir: the low bits choose the slot. */
function hash(bytes: Uint8Array, at: number, length: number, seed: number): number {
  let value = 0x811c9dc5 ^ seed;
  for (let index = 0; index < length; index += 1) {
    value = Math.imul(value ^ (bytes[at + index] ?? 0), 0x01000193);
  }
  return value ^ (value >>> 15);
}
