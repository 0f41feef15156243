// A checksum of everything that columns say of packets, in whatever segments they lie: two decodings of one capture are equal
// when theirs are, as far as 32 bits tell. It reads every column but where the raw bytes lie, as whoever measures decoding has to.
import { allBytes, allHalves, allWords } from '../../app/packet/store/segment-layout.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';

/** 2^32 over the golden ratio: its powers tell columns apart. */
const FACTOR = 0x9e3779b1;

export class ColumnChecksum {
  #sum = 0;
  #segment: PacketSegment | null = null;
  /** By address id, a hash of the address: ids are a segment's own. */
  #addresses = new Int32Array(256);
  #known = 0;

  /** Takes in the first `length` of `rows`. */
  take(segment: PacketSegment, rows: Uint16Array, length: number): void {
    this.#lookUp(segment);
    const { buffer, capacity } = segment;
    const words = allWords(buffer, capacity);
    const halves = allHalves(buffer, capacity);
    const bytes = allBytes(buffer, capacity);
    // Of a packet's number the lower 32 bits.
    const first = segment.firstNumber | 0;
    const addresses = this.#addresses;
    let sum = this.#sum;
    // A row at a time, from three arrays: twenty columns' own would be looked up for each.
    for (let at = 0; at < length; at += 1) {
      const row = rows[at] ?? 0;
      // Seconds, nanoseconds, interface, lengths, sequence, payload.
      let index = row;
      let value: number = words[index] ?? 0;
      value = stirred(value, words[(index += capacity)] ?? 0);
      value = stirred(value, words[(index += capacity)] ?? 0);
      value = stirred(value, words[(index += capacity)] ?? 0);
      value = stirred(value, words[(index += capacity)] ?? 0);
      value = stirred(value, words[(index += capacity)] ?? 0);
      value = stirred(value, words[(index += capacity)] ?? 0);
      // Where the raw bytes lie is a segment's own; then layers and the match key.
      value = stirred(value, words[(index += 2 * capacity)] ?? 0);
      value = stirred(value, words[index + capacity] ?? 0);
      // Capture and link type.
      index = row;
      let pair = (halves[index] ?? 0) << 16;
      pair |= halves[(index += capacity)] ?? 0;
      value = stirred(value, pair);
      // Addresses, ports, flags and the transport header's place.
      value = stirred(value, addresses[halves[(index += capacity)] ?? 0] ?? 0);
      value = stirred(value, addresses[halves[(index += capacity)] ?? 0] ?? 0);
      pair = (halves[(index += capacity)] ?? 0) << 16;
      pair |= halves[(index += capacity)] ?? 0;
      value = stirred(value, pair);
      pair = (halves[(index += capacity)] ?? 0) << 16;
      pair |= halves[index + capacity] ?? 0;
      value = stirred(value, pair);
      // Packet type, family, protocol, marks.
      index = row;
      let four = (bytes[index] ?? 0) << 24;
      four |= (bytes[(index += capacity)] ?? 0) << 16;
      four |= (bytes[(index += capacity)] ?? 0) << 8;
      four |= bytes[index + capacity] ?? 0;
      value = stirred(value, four);
      // With its packet's number, so that the order counts.
      sum = (sum + Math.imul(value ^ (value >>> 15), FACTOR ^ (first + row))) | 0;
    }
    this.#sum = sum;
  }

  /** `0x1a2b3c4d` */
  get text(): string {
    return `0x${(this.#sum >>> 0).toString(16).padStart(8, '0')}`;
  }

  #lookUp(segment: PacketSegment): void {
    if (segment !== this.#segment) {
      this.#segment = segment;
      this.#known = 0;
    }
    const count = segment.addressCount;
    if (count >= this.#addresses.length) {
      const roomier = new Int32Array(Math.max(count + 1, 2 * this.#addresses.length));
      roomier.set(this.#addresses);
      this.#addresses = roomier;
    }
    for (let id = this.#known + 1; id <= count; id += 1)
      this.#addresses[id] = hashOf(segment.addressBytes(id));
    this.#known = count;
  }
}

function stirred(value: number, word: number): number {
  return (Math.imul(value, FACTOR) + word) | 0;
}

function hashOf(bytes: Uint8Array): number {
  let hash = 0;
  for (let at = 0; at < bytes.length; at += 1) hash = Math.imul(hash ^ ((bytes[at] ?? 0) + 1), FACTOR);
  return hash;
}
