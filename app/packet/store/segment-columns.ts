// A segment's columns, written a row at a time. All columns of a width lie one behind the other, in the order of
// packet-segment.ts: column c of a row is `capacity` entries past column c - 1. So a row takes three arrays and not 22.
import type { PacketSegment } from './packet-segment.ts';
import { allBytes, allHalves, allWords } from './segment-layout.ts';

export class SegmentColumns {
  readonly #capacity: number;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;

  constructor({ buffer, capacity }: PacketSegment) {
    this.#capacity = capacity;
    this.#words = allWords(buffer, capacity);
    this.#halves = allHalves(buffer, capacity);
    this.#bytes = allBytes(buffer, capacity);
  }

  /** Of a row what its capture says of the packet; the values are described in packet-segment.ts. */
  writeCapture(
    row: number,
    seconds: number,
    nanoseconds: number,
    caplen: number,
    len: number,
    captureId: number,
    linkType: number,
  ): void {
    const capacity = this.#capacity;
    const words = this.#words;
    words[row] = seconds;
    words[row + capacity] = nanoseconds;
    words[row + 3 * capacity] = caplen;
    words[row + 4 * capacity] = len;
    const halves = this.#halves;
    halves[row] = captureId;
    halves[row + capacity] = linkType;
  }

  /** And what its headers say. */
  writeHeaders(
    row: number,
    ifindex: number,
    sequence: number,
    payloadLength: number,
    rawOffset: number,
    layers: number,
    matchKey: number,
    source: number,
    destination: number,
    sourcePort: number,
    destinationPort: number,
    flags: number,
    transportOffset: number,
    packetType: number,
    family: number,
    protocol: number,
    marks: number,
  ): void {
    const capacity = this.#capacity;
    const words = this.#words;
    let index = row + 2 * capacity;
    words[index] = ifindex;
    words[(index += 3 * capacity)] = sequence;
    words[(index += capacity)] = payloadLength;
    words[(index += capacity)] = rawOffset;
    words[(index += capacity)] = layers;
    words[index + capacity] = matchKey;
    const halves = this.#halves;
    index = row + 2 * capacity;
    halves[index] = source;
    halves[(index += capacity)] = destination;
    halves[(index += capacity)] = sourcePort;
    halves[(index += capacity)] = destinationPort;
    halves[(index += capacity)] = flags;
    halves[index + capacity] = transportOffset;
    const bytes = this.#bytes;
    index = row;
    bytes[index] = packetType;
    bytes[(index += capacity)] = family;
    bytes[(index += capacity)] = protocol;
    bytes[index + capacity] = marks;
  }
}
