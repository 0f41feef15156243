// A checksum of everything that columns say of packets, in whatever segments they lie: two decodings of one capture are equal
// when theirs are, as far as 32 bits tell. It reads all of every column, as whoever measures decoding has to.
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';

type Column = Uint32Array | Uint16Array | Uint8Array;

/** 2^32 over the golden ratio: apart from each other, its powers tell columns apart. */
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
    let factor = FACTOR;
    for (const column of columnsOf(segment)) {
      this.#sum = (this.#sum + sumOf(column, rows, length, segment.firstNumber, factor)) | 0;
      factor = Math.imul(factor, FACTOR);
    }
    const addresses = this.#addresses;
    const { source, destination, firstNumber } = segment;
    for (let at = 0; at < length; at += 1) {
      const row = rows[at] ?? 0;
      const both =
        Math.imul(addresses[source[row] ?? 0] ?? 0, FACTOR) + (addresses[destination[row] ?? 0] ?? 0);
      this.#sum = (this.#sum + Math.imul(both | 1, factor ^ (firstNumber + row))) | 0;
    }
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
    for (let id = this.#known + 1; id <= count; id += 1) {
      let hash = 0;
      for (const byte of segment.addressBytes(id)) hash = Math.imul(hash ^ (byte + 1), FACTOR);
      this.#addresses[id] = hash;
    }
    this.#known = count;
  }
}

/** All but addresses and places in the heap, which are the segment's own. */
function columnsOf(segment: PacketSegment): readonly Column[] {
  const { seconds, nanoseconds, ifindex, caplen, len, sequence, payloadLength, layers, matchKey } = segment;
  const { captureId, linkType, sourcePort, destinationPort, flags, transportOffset } = segment;
  const { packetType, family, protocol, marks } = segment;
  return [
    ...[seconds, nanoseconds, ifindex, caplen, len, sequence, payloadLength, layers, matchKey],
    ...[captureId, linkType, sourcePort, destinationPort, flags, transportOffset],
    ...[packetType, family, protocol, marks],
  ];
}

/** Of each value with its packet's number, so that the order counts. */
function sumOf(column: Column, rows: Uint16Array, length: number, first: number, factor: number): number {
  let sum = 0;
  for (let at = 0; at < length; at += 1) {
    const row = rows[at] ?? 0;
    sum = (sum + Math.imul((column[row] ?? 0) + 1, factor ^ (first + row))) | 0;
  }
  return sum;
}
