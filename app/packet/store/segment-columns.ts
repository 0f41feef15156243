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

  /** One row, of values as packet-segment.ts describes them, in its order. */
  write(
    row: number,
    seconds: number,
    nanoseconds: number,
    ifindex: number,
    caplen: number,
    len: number,
    sequence: number,
    payloadLength: number,
    rawOffset: number,
    layers: number,
    matchKey: number,
    captureId: number,
    linkType: number,
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
    let index = row;
    words[index] = seconds;
    words[(index += capacity)] = nanoseconds;
    words[(index += capacity)] = ifindex;
    words[(index += capacity)] = caplen;
    words[(index += capacity)] = len;
    words[(index += capacity)] = sequence;
    words[(index += capacity)] = payloadLength;
    words[(index += capacity)] = rawOffset;
    words[(index += capacity)] = layers;
    words[index + capacity] = matchKey;
    const halves = this.#halves;
    index = row;
    halves[index] = captureId;
    halves[(index += capacity)] = linkType;
    halves[(index += capacity)] = source;
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
