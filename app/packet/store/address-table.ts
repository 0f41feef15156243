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
  /**
   * Open addressing; grows with the table. Two words a slot: the address's first four bytes, and kind << 16 | id (0: empty).
   * Of IPv4 that is all of it, so that most look-ups touch one line of the processor's cache.
   */
  #index = new Int32Array(2 * 512);

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

  /** Id of an IPv4 address that is there, where the first look finds it; else 0. Looks where `#hash` puts it. */
  glanceIpv4(word: number): number {
    const index = this.#index;
    let hash = Math.imul(word, HASH_FACTOR);
    hash ^= hash >>> 15;
    const slot = (hash << 1) & (index.length - 1);
    const entry = index[slot + 1] ?? 0;
    return index[slot] === word && entry >> 16 === AddressKind.ipv4 ? entry & 0xffff : 0;
  }

  /** Id of the address that lies whole at `at` in the heap. */
  idOf(kind: number, at: number): number {
    const index = this.#index;
    const mask = index.length - 1;
    const word = this.#view.getInt32(at);
    let slot = (this.#hash(kind, at) << 1) & mask;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const entry = index[slot + 1] ?? 0;
      if (entry === 0) {
        const id = this.#append(kind, at);
        index[slot] = word;
        index[slot + 1] = (kind << 16) | id;
        if (this.#count * 4 > mask) this.#grow();
        return id;
      }
      if (index[slot] === word && entry >> 16 === kind) {
        const id = entry & 0xffff;
        if (kind === AddressKind.ipv4 || this.#same(id, kind, at)) return id;
      }
      slot = (slot + 2) & mask;
    }
    return this.#append(kind, at);
  }

  /** Whether the rest of the address at `at` is that of an entry of the same kind with the same first four bytes. */
  #same(id: number, kind: number, at: number): boolean {
    const view = this.#view;
    const entry = this.#heap.length - id * ADDRESS_BYTES;
    if (kind === AddressKind.mac) return view.getUint16(entry + 5) === view.getUint16(at + 4);
    return (
      view.getInt32(entry + 5) === view.getInt32(at + 4) &&
      view.getInt32(entry + 9) === view.getInt32(at + 8) &&
      view.getInt32(entry + 13) === view.getInt32(at + 12)
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
    while (length <= this.#count * 4) length *= 2;
    const index = new Int32Array(length);
    const mask = length - 1;
    for (let id = 1; id <= this.#count; id += 1) {
      const entry = this.#heap.length - id * ADDRESS_BYTES;
      const kind = this.#heap[entry] ?? 0;
      let slot = (this.#hash(kind, entry + 1) << 1) & mask;
      let probes = 1;
      for (; index[slot + 1] !== 0 && probes < MAX_PROBES; probes += 1) slot = (slot + 2) & mask;
      if (index[slot + 1] !== 0) continue;
      index[slot] = this.#view.getInt32(entry + 1);
      index[slot + 1] = (kind << 16) | id;
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
