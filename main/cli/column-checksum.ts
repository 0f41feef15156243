// A checksum of everything that columns say of packets, in whatever segments they lie: two decodings of one capture are equal
// when theirs are, as far as 32 bits tell. It reads all of every column, as whoever measures decoding has to.
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
    const { seconds, nanoseconds, ifindex, caplen, len, sequence, payloadLength, layers, matchKey } = segment;
    const { captureId, linkType, source, destination, sourcePort, destinationPort, flags } = segment;
    const { transportOffset, packetType, family, protocol, marks } = segment;
    // Of a packet's number the lower 32 bits.
    const first = segment.firstNumber | 0;
    const addresses = this.#addresses;
    let sum = this.#sum;
    // A row at a time, and its narrow columns together: so that a packet's cost is little beside decoding it.
    for (let at = 0; at < length; at += 1) {
      const row = rows[at] ?? 0;
      const capture = ((captureId[row] ?? 0) << 16) | (linkType[row] ?? 0);
      const ports = ((sourcePort[row] ?? 0) << 16) | (destinationPort[row] ?? 0);
      const transport = ((flags[row] ?? 0) << 16) | (transportOffset[row] ?? 0);
      const kinds =
        ((packetType[row] ?? 0) << 24) |
        ((family[row] ?? 0) << 16) |
        ((protocol[row] ?? 0) << 8) |
        (marks[row] ?? 0);
      let value = stirred(seconds[row] ?? 0, nanoseconds[row] ?? 0);
      value = stirred(value, ifindex[row] ?? 0);
      value = stirred(value, caplen[row] ?? 0);
      value = stirred(value, len[row] ?? 0);
      value = stirred(value, sequence[row] ?? 0);
      value = stirred(value, payloadLength[row] ?? 0);
      value = stirred(value, layers[row] ?? 0);
      value = stirred(value, matchKey[row] ?? 0);
      value = stirred(value, capture);
      value = stirred(value, ports);
      value = stirred(value, transport);
      value = stirred(value, kinds);
      value = stirred(value, addresses[source[row] ?? 0] ?? 0);
      value = stirred(value, addresses[destination[row] ?? 0] ?? 0);
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
    for (let id = this.#known + 1; id <= count; id += 1) {
      let hash = 0;
      for (const byte of segment.addressBytes(id)) hash = Math.imul(hash ^ (byte + 1), FACTOR);
      this.#addresses[id] = hash;
    }
    this.#known = count;
  }
}

function stirred(value: number, word: number): number {
  return (Math.imul(value, FACTOR) + word) | 0;
}
