// The addresses of a segment, each once: they fill its heap from above, and ids count them from 1.
import { AddressKind, addressLength } from '../address.ts';
import { ADDRESS_BYTES } from './segment-layout.ts';

/** Somebody may choose addresses that collide: then an address gets a second id rather than the writer a long search. */
const MAX_PROBES = 64;
/** 2^32 over the golden ratio: neighbours land far apart. */
const HASH_FACTOR = 0x9e3779b1;

export class AddressTable {
  readonly #heap: Uint8Array;
  readonly #view: DataView;
  #count = 0;
  /** Open addressing over ids; grows with the table. */
  #index = new Uint16Array(512);

  constructor(heap: Uint8Array) {
    this.#heap = heap;
    this.#view = new DataView(heap.buffer, heap.byteOffset, heap.byteLength);
  }

  get count(): number {
    return this.#count;
  }

  /** Where in the heap the table begins. */
  get floor(): number {
    return this.#heap.length - this.#count * ADDRESS_BYTES;
  }

  /** Id of the address that lies whole at `at` in the heap. */
  idOf(kind: number, at: number): number {
    const mask = this.#index.length - 1;
    let slot = this.#hash(kind, at) & mask;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const id = this.#index[slot] ?? 0;
      if (id === 0) {
        this.#index[slot] = this.#append(kind, at);
        if (this.#count * 2 > mask) this.#grow();
        return this.#count;
      }
      if (this.#same(this.#heap.length - id * ADDRESS_BYTES, kind, at)) return id;
      slot = (slot + 1) & mask;
    }
    return this.#append(kind, at);
  }

  /** Whether the table's entry is the address at `at`. */
  #same(entry: number, kind: number, at: number): boolean {
    const view = this.#view;
    if (this.#heap[entry] !== kind || view.getUint32(entry + 1) !== view.getUint32(at)) return false;
    if (kind === AddressKind.ipv4) return true;
    if (kind === AddressKind.mac) return view.getUint16(entry + 5) === view.getUint16(at + 4);
    return (
      view.getUint32(entry + 5) === view.getUint32(at + 4) &&
      view.getUint32(entry + 9) === view.getUint32(at + 8) &&
      view.getUint32(entry + 13) === view.getUint32(at + 12)
    );
  }

  #append(kind: number, at: number): number {
    this.#count += 1;
    const heap = this.#heap;
    const entry = heap.length - this.#count * ADDRESS_BYTES;
    heap[entry] = kind;
    const length = addressLength(kind);
    for (let index = 0; index < length; index += 1) heap[entry + 1 + index] = heap[at + index] ?? 0;
    return this.#count;
  }

  #grow(): void {
    let length = this.#index.length;
    // Second ids were never in it, so that it may have to grow by more than twice.
    while (length <= this.#count * 2) length *= 2;
    const index = new Uint16Array(length);
    const mask = length - 1;
    for (let id = 1; id <= this.#count; id += 1) {
      const entry = this.#heap.length - id * ADDRESS_BYTES;
      let slot = this.#hash(this.#heap[entry] ?? 0, entry + 1) & mask;
      let probes = 1;
      for (; index[slot] !== 0 && probes < MAX_PROBES; probes += 1) slot = (slot + 1) & mask;
      if (index[slot] === 0) index[slot] = id;
    }
    this.#index = index;
  }

  #hash(kind: number, at: number): number {
    const view = this.#view;
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
