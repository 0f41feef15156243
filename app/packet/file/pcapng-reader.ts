// pcapng as a stream (draft-ietf-opsawg-pcapng): any chunking, both endians, several sections, bounded memory. Reads
// packets, their comments, and the interfaces they came from; blocks of other kinds are skipped.
import { MAX_RECORD_BYTES, MAX_WIRE_BYTES, NO_TIME } from './limits.ts';
import { PcapngFraming, SECTION_HEADER } from './pcapng-framing.ts';
import { readInterface, type PcapngSource } from './pcapng-interface.ts';
import { readComments } from './pcapng-options.ts';
import { packetTime } from './pcapng-time.ts';

export interface PcapngSink {
  /** Comes before the interface's first packet. `number` counts over all sections, from 0. */
  interface(number: number, source: PcapngSource): void;
  /**
   * The packet lies at `at` in `stream` only during the call.
   *
   * @param len may be smaller than `caplen` in odd files
   * @param nanoseconds NO_TIME, with 0 seconds: the file gives no time (a simple packet block), or none in 32 bits
   * @param comment one, or several with COMMENT_SEPARATOR between, hostile text; only during the call. Null: none
   */
  packet(
    number: number,
    stream: DataView,
    at: number,
    caplen: number,
    len: number,
    seconds: number,
    nanoseconds: number,
    comment: Uint8Array | null,
  ): void;
}

const INTERFACE_DESCRIPTION = 1;
/** Of old files: an enhanced packet block with a shorter interface id. */
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

/** Packets are kept with a number of 16 bits for where they came from. */
const MAX_INTERFACES = 0xffff;

export class PcapngReader extends PcapngFraming {
  readonly #sink: PcapngSink;
  #records = 0;
  /** Of this section, by their id in it. */
  #interfaces: PcapngSource[] = [];
  /** Interfaces of the sections before. */
  #earlier = 0;

  constructor(sink: PcapngSink) {
    super();
    this.#sink = sink;
  }

  /** Packets read. */
  get records(): number {
    return this.#records;
  }

  protected override isRead(type: number): boolean {
    return (
      type === ENHANCED_PACKET ||
      type === SIMPLE_PACKET ||
      type === OBSOLETE_PACKET ||
      type === INTERFACE_DESCRIPTION
    );
  }

  protected override readBlock(type: number, stream: DataView, at: number, end: number): void {
    switch (type) {
      case SECTION_HEADER:
        this.#section(stream, at, end);
        break;
      case INTERFACE_DESCRIPTION:
        this.#interface(stream, at, end);
        break;
      case SIMPLE_PACKET:
        this.#simplePacket(stream, at, end);
        break;
      case OBSOLETE_PACKET:
        this.#packet(at + 20 <= end ? stream.getUint16(at, this.little) : 0, stream, at, end);
        break;
      default:
        this.#packet(at + 20 <= end ? this.#u32(stream, at) : 0, stream, at, end);
    }
  }

  #section(stream: DataView, at: number, end: number): void {
    if (at + 16 > end) {
      this.stop(8, 'A section header is shorter than one can be.');
      return;
    }
    const major = stream.getUint16(at + 4, this.little);
    if (major !== 1) {
      this.stop(12, `This is pcapng of version ${major}; only version 1 can be read.`);
      return;
    }
    this.#earlier += this.#interfaces.length;
    this.#interfaces = [];
  }

  #interface(stream: DataView, at: number, end: number): void {
    const source = readInterface(new DataView(stream.buffer, stream.byteOffset + at, end - at), this.little);
    if (typeof source === 'string') {
      this.stop(8, source);
      return;
    }
    const number = this.#earlier + this.#interfaces.length;
    if (number >= MAX_INTERFACES) {
      this.stop(0, `The capture has more than ${MAX_INTERFACES} interfaces; that many cannot be told apart.`);
      return;
    }
    this.#interfaces.push(source);
    this.#sink.interface(number, source);
  }

  #packet(id: number, stream: DataView, at: number, end: number): void {
    const source = this.#interfaces[id];
    const caplen = at + 20 <= end ? this.#u32(stream, at + 12) : 0;
    const room = end - at - 20;
    if (room < 0) this.stop(8, 'A packet block is shorter than one can be.');
    else if (source === undefined) this.stop(8, `A packet names interface ${id}, which was not described.`);
    else if (this.#fits(caplen, room, 20)) {
      this.#records += 1;
      const time = packetTime(this.#u32(stream, at + 4), this.#u32(stream, at + 8), source);
      this.#sink.packet(
        this.#earlier + id,
        stream,
        at + 20,
        caplen,
        Math.min(this.#u32(stream, at + 16), MAX_WIRE_BYTES),
        time?.seconds ?? 0,
        time?.nanoseconds ?? NO_TIME,
        readComments(stream, at + 20 + ((caplen + 3) & ~3), end, this.little),
      );
    }
  }

  #simplePacket(stream: DataView, at: number, end: number): void {
    const source = this.#interfaces[0];
    const room = end - at - 4;
    if (room < 0) this.stop(8, 'A packet block is shorter than one can be.');
    else if (source === undefined) this.stop(8, 'A packet comes before its interface was described.');
    else {
      const len = this.#u32(stream, at);
      const caplen = Math.min(len, source.snaplen || len);
      if (!this.#fits(caplen, room, 8)) return;
      this.#records += 1;
      const wire = Math.min(len, MAX_WIRE_BYTES);
      this.#sink.packet(this.#earlier, stream, at + 4, caplen, wire, 0, NO_TIME, null);
    }
  }

  #fits(caplen: number, room: number, into: number): boolean {
    if (caplen > room)
      this.stop(into, `A packet claims ${caplen} captured bytes where its block has ${room}.`);
    else if (caplen > MAX_RECORD_BYTES)
      this.stop(
        into,
        `A packet claims ${caplen} captured bytes where at most ${MAX_RECORD_BYTES} are possible.`,
      );
    return this.broken === null;
  }

  #u32(stream: DataView, at: number): number {
    return stream.getUint32(at, this.little);
  }
}
