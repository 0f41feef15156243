// pcapng as a stream (draft-ietf-opsawg-pcapng): any chunking, both endians, several sections, bounded memory. Reads
// packets and the interfaces they came from; blocks of other kinds are skipped by their length.
import type { Broken } from './pcap-reader.ts';
import { readInterface, type PcapngSource } from './pcapng-interface.ts';
import { packetTime } from './pcapng-time.ts';

export interface PcapngSink {
  /** Comes before the interface's first packet. `number` counts over all sections, from 0. */
  interface(number: number, source: PcapngSource): void;
  /** The packet lies at `at` in `stream` only during the call. A simple packet block says no time: then it is 0. */
  packet(
    number: number,
    stream: DataView,
    at: number,
    caplen: number,
    len: number,
    seconds: number,
    nanoseconds: number,
  ): void;
}

/** The first bytes of a file, in both orders. */
export const PCAPNG_MAGIC = [0x0a, 0x0d, 0x0d, 0x0a] as const;

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
/** Of old files: an enhanced packet block with a shorter interface id. */
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type, length, and the first word: a section's tells in which order to read its length. */
const HEAD_BYTES = 12;
/** A block that is held in memory: libpcap's largest packet (256 KiB) with plenty of options. */
const MAX_BLOCK_BYTES = 1024 * 1024;
/** A longer packet is a damaged length. Looser than pcap-reader's: each block is framed by its own length, too. */
const MAX_LENGTH = 0x7fff_ffff;
/** Packets are kept with a number of 16 bits for where they came from. */
const MAX_INTERFACES = 0xffff;

export class PcapngReader {
  readonly #sink: PcapngSink;
  #records = 0;
  #broken: Broken | null = null;
  #little = true;
  #inSection = false;
  /** Of this section, by their id in it. */
  #interfaces: PcapngSource[] = [];
  /** Interfaces of the sections before. */
  #earlier = 0;
  /** Bytes of the stream before the block that begins. */
  #offset = 0;
  /** A block that has not come whole. */
  #carry = new Uint8Array(4096);
  #carryView = new DataView(this.#carry.buffer);
  #carried = 0;
  /** Bytes of an unknown block still to come before its second length; null: not in one. */
  #skip: number | null = null;
  #skipTotal = 0;

  constructor(sink: PcapngSink) {
    this.#sink = sink;
  }

  /** Packets read. */
  get records(): number {
    return this.#records;
  }

  /** Once not null it stays; later bytes are ignored. */
  get broken(): Broken | null {
    return this.#broken;
  }

  push(bytes: Uint8Array): void {
    const stream = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (at < bytes.length && this.#broken === null) {
      if (this.#skip !== null && this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      if (this.#carried === 0) {
        const wanted = this.#wanted(stream, at, bytes.length - at);
        if (wanted === 0) return;
        if (wanted <= bytes.length - at) {
          this.#take(stream, at, wanted);
          at += wanted;
          continue;
        }
      }
      const wanted = this.#wanted(this.#carryView, 0, this.#carried);
      const more = Math.min(wanted - this.#carried, bytes.length - at);
      this.#keep(bytes, at, more);
      at += more;
      // More bytes can make it longer: a head says how long its block is.
      const now = this.#wanted(this.#carryView, 0, this.#carried);
      if (now === 0) return;
      if (now > this.#carried) continue;
      const carried = this.#carried;
      this.#carried = 0;
      this.#take(this.#carryView, 0, carried);
    }
  }

  /** The stream has ended: in the middle of a block it is broken there. */
  end(): void {
    if (this.#broken !== null) return;
    if (!this.#inSection && this.#carried === 0) this.#stop(0, 'The capture is empty.');
    else if (this.#carried > 0 || this.#skip !== null)
      this.#stop(0, 'The capture ends in the middle of a block.');
  }

  /** How many bytes from here on are taken at once, as far as those at hand tell; 0: they are broken. */
  #wanted(stream: DataView, at: number, length: number): number {
    if (this.#skip !== null) return 4;
    if (!this.#inSection && !this.#checkMagic(stream, at, Math.min(length, 4))) return 0;
    if (length < HEAD_BYTES) return HEAD_BYTES;
    const type = this.#u32(stream, at);
    // It reads the same in both orders.
    if (type === SECTION_HEADER && !this.#readByteOrder(stream, at + 8)) return 0;
    const total = this.#u32(stream, at + 4);
    if (total < HEAD_BYTES || total % 4 !== 0)
      return this.#stop(4, `A block claims to be ${total} bytes long, which no block can be.`);
    if (!isRead(type)) return HEAD_BYTES;
    if (total > MAX_BLOCK_BYTES)
      return this.#stop(4, `A block claims ${total} bytes where at most ${MAX_BLOCK_BYTES} are read.`);
    return total;
  }

  #take(stream: DataView, at: number, length: number): void {
    if (this.#skip !== null) {
      if (this.#u32(stream, at) !== this.#skipTotal) {
        this.#stop(4, 'A block does not end where it says: its two lengths differ.');
        return;
      }
      this.#skip = null;
      this.#offset += this.#skipTotal;
      return;
    }
    const type = this.#u32(stream, at);
    const total = this.#u32(stream, at + 4);
    if (!isRead(type)) {
      this.#skipTotal = total;
      // The head of a block without a body already holds its second length.
      if (total === HEAD_BYTES) {
        this.#skip = 0;
        this.#take(stream, at + 8, 4);
      } else this.#skip = total - HEAD_BYTES - 4;
      return;
    }
    if (this.#u32(stream, at + total - 4) !== total) {
      this.#stop(4, 'A block does not end where it says: its two lengths differ.');
      return;
    }
    this.#block(type, stream, at + 8, at + total - 4);
    this.#offset += length;
  }

  #block(type: number, stream: DataView, at: number, end: number): void {
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
        this.#packet(at + 20 <= end ? this.#u16(stream, at) : 0, stream, at, end);
        break;
      default:
        this.#packet(at + 20 <= end ? this.#u32(stream, at) : 0, stream, at, end);
    }
  }

  #section(stream: DataView, at: number, end: number): void {
    if (at + 16 > end) {
      this.#stop(8, 'A section header is shorter than one can be.');
      return;
    }
    const major = this.#u16(stream, at + 4);
    if (major !== 1) {
      this.#stop(12, `This is pcapng of version ${major}; only version 1 can be read.`);
      return;
    }
    this.#inSection = true;
    this.#earlier += this.#interfaces.length;
    this.#interfaces = [];
  }

  #interface(stream: DataView, at: number, end: number): void {
    const source = readInterface(new DataView(stream.buffer, stream.byteOffset + at, end - at), this.#little);
    if (typeof source === 'string') {
      this.#stop(8, source);
      return;
    }
    const number = this.#earlier + this.#interfaces.length;
    if (number >= MAX_INTERFACES) {
      this.#stop(
        0,
        `The capture has more than ${MAX_INTERFACES} interfaces; that many cannot be told apart.`,
      );
      return;
    }
    this.#interfaces.push(source);
    this.#sink.interface(number, source);
  }

  #packet(id: number, stream: DataView, at: number, end: number): void {
    const source = this.#interfaces[id];
    const caplen = at + 20 <= end ? this.#u32(stream, at + 12) : 0;
    const room = end - at - 20;
    if (room < 0) this.#stop(8, 'A packet block is shorter than one can be.');
    else if (source === undefined) this.#stop(8, `A packet names interface ${id}, which was not described.`);
    else if (caplen > room)
      this.#stop(20, `A packet claims ${caplen} captured bytes where its block has ${room}.`);
    else {
      const len = this.#u32(stream, at + 16);
      const time = packetTime(this.#u32(stream, at + 4), this.#u32(stream, at + 8), source);
      if (len < caplen || len > MAX_LENGTH)
        this.#stop(24, `A packet claims ${len} bytes on the wire and ${caplen} of them captured.`);
      else if (time === null) this.#stop(12, 'A packet claims a time outside of the years 1970 to 2106.');
      else {
        this.#records += 1;
        this.#sink.packet(this.#earlier + id, stream, at + 20, caplen, len, time.seconds, time.nanoseconds);
      }
    }
  }

  #simplePacket(stream: DataView, at: number, end: number): void {
    const source = this.#interfaces[0];
    const room = end - at - 4;
    const len = room < 0 ? 0 : this.#u32(stream, at);
    if (room < 0) this.#stop(8, 'A packet block is shorter than one can be.');
    else if (source === undefined) this.#stop(8, 'A packet comes before its interface was described.');
    else if (len > MAX_LENGTH || Math.min(len, source.snaplen || len) > room)
      this.#stop(8, `A packet claims ${len} bytes where its block has ${room}.`);
    else {
      this.#records += 1;
      this.#sink.packet(this.#earlier, stream, at + 4, Math.min(len, source.snaplen || len), len, 0, 0);
    }
  }

  #checkMagic(stream: DataView, at: number, length: number): boolean {
    if (PCAPNG_MAGIC.every((byte, index) => index >= length || stream.getUint8(at + index) === byte))
      return true;
    this.#stop(0, 'This is no pcapng capture: it does not begin with the mark of one.');
    return false;
  }

  #readByteOrder(stream: DataView, at: number): boolean {
    for (const little of [true, false]) {
      this.#little = little;
      if (this.#u32(stream, at) === BYTE_ORDER_MAGIC) return true;
    }
    this.#stop(8, 'A section does not say in which order its bytes are.');
    return false;
  }

  /** @param within bytes into the block where it stops to make sense. */
  #stop(within: number, sentence: string): 0 {
    this.#broken = { offset: this.#offset + within, sentence };
    return 0;
  }

  #keep(bytes: Uint8Array, at: number, length: number): void {
    if (this.#carried + length > this.#carry.length) {
      const roomier = new Uint8Array(Math.min(MAX_BLOCK_BYTES, 2 * (this.#carried + length)));
      roomier.set(this.#carry.subarray(0, this.#carried));
      this.#carry = roomier;
      this.#carryView = new DataView(roomier.buffer);
    }
    this.#carry.set(bytes.subarray(at, at + length), this.#carried);
    this.#carried += length;
  }

  #u16(stream: DataView, at: number): number {
    return stream.getUint16(at, this.#little);
  }

  #u32(stream: DataView, at: number): number {
    return stream.getUint32(at, this.#little);
  }
}

function isRead(type: number): boolean {
  return (
    type === ENHANCED_PACKET ||
    type === SIMPLE_PACKET ||
    type === OBSOLETE_PACKET ||
    type === INTERFACE_DESCRIPTION ||
    type === SECTION_HEADER
  );
}
