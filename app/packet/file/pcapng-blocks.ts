// The blocks of pcapng (draft-ietf-opsawg-pcapng §4), little-endian, laid one behind the other into chunks.
import { COMMENT_SEPARATOR } from './pcapng-options.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const NAME_RESOLUTION = 4;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;

/** Longer texts than this in an option say nothing more. An option's length is 16 bits. */
const maxTextBytes = 4096;
/** A name resolution block ends after so many names: readers hold a block in memory, Wireshark at most 16 MiB. */
const namesInBlock = 1000;

export interface PacketBlock {
  readonly interfaceId: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly bytes: Uint8Array;
  /** How many of `bytes` are written. */
  readonly captured: number;
  /** Bytes on the wire. */
  readonly length: number;
  /** epb_flags; 0: none. */
  readonly flags: number;
  /** As the reader gives them: with COMMENT_SEPARATOR between; null: none. */
  readonly comment: string | null;
}

export interface InterfaceStatistics {
  /** When they were taken. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly received: number | null;
  readonly dropped: number | null;
  /** Packets that are in the file. */
  readonly written: number;
}

/** A growing chunk of blocks; whoever takes it gets a buffer that is written no more. */
export class PcapngBlocks {
  readonly #chunkBytes: number;
  readonly #encoder = new TextEncoder();
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = 0;
  /** Where the block that is being written began. */
  #start = 0;
  #namesOpen = 0;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
    this.#bytes = new Uint8Array(chunkBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The chunk is as large as it should become. Never inside a name resolution block. */
  get full(): boolean {
    return this.#namesOpen === 0 && this.#at >= this.#chunkBytes - 4096;
  }

  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#at);
    this.#bytes = new Uint8Array(this.#chunkBytes);
    this.#view = new DataView(this.#bytes.buffer);
    this.#at = 0;
    return taken;
  }

  sectionHeader(application: string): void {
    this.#begin(SECTION_HEADER);
    this.#u32(0x1a2b3c4d);
    this.#u16(1);
    this.#u16(0);
    // The section's length is not known yet: -1.
    this.#u32(0xffffffff);
    this.#u32(0xffffffff);
    this.#text(4, application);
    this.#endOptions();
    this.#end();
  }

  interface(described: { linkType: number; snaplen: number; name: string; filter: string | null }): void {
    this.#begin(INTERFACE_DESCRIPTION);
    this.#u16(described.linkType);
    this.#u16(0);
    this.#u32(described.snaplen);
    this.#text(2, described.name);
    this.#option(9, 1);
    this.#u32(9);
    if (described.filter !== null) {
      const filter = this.#cut(described.filter);
      this.#option(11, filter.length + 1);
      // 0: the filter is text in libpcap's language.
      this.#padded(new Uint8Array([0, ...filter]));
    }
    this.#endOptions();
    this.#end();
  }

  /** One name of an address of 4 or 16 bytes; names that follow one another share blocks. */
  name(address: Uint8Array, name: string): void {
    if (this.#namesOpen === 0) this.#begin(NAME_RESOLUTION);
    const text = this.#cut(name);
    this.#option(address.length === 4 ? 1 : 2, address.length + text.length + 1);
    this.#padded(new Uint8Array([...address, ...text, 0]));
    if (++this.#namesOpen === namesInBlock) this.endNames();
  }

  endNames(): void {
    if (this.#namesOpen === 0) return;
    this.#namesOpen = 0;
    this.#endOptions();
    this.#end();
  }

  packet(packet: PacketBlock): void {
    const padded = (packet.captured + 3) & ~3;
    this.#reserve(padded + 64);
    this.#begin(ENHANCED_PACKET);
    this.#u32(packet.interfaceId);
    this.#timestamp(packet.seconds, packet.nanoseconds);
    this.#u32(packet.captured);
    this.#u32(Math.max(packet.length, packet.captured));
    const { bytes, captured } = packet;
    this.#bytes.set(captured === bytes.length ? bytes : bytes.subarray(0, captured), this.#at);
    this.#at += padded;
    if (packet.comment !== null)
      for (const comment of packet.comment.split(COMMENT_SEPARATOR)) this.#text(1, comment);
    if (packet.flags !== 0) {
      this.#option(2, 4);
      this.#u32(packet.flags);
    }
    if (packet.flags !== 0 || packet.comment !== null) this.#endOptions();
    this.#end();
  }

  statistics(interfaceId: number, taken: InterfaceStatistics): void {
    this.#begin(INTERFACE_STATISTICS);
    this.#u32(interfaceId);
    this.#timestamp(taken.seconds, taken.nanoseconds);
    if (taken.received !== null) this.#count(4, taken.received);
    if (taken.dropped !== null) this.#count(7, taken.dropped);
    this.#count(8, taken.written);
    this.#endOptions();
    this.#end();
  }

  #begin(type: number): void {
    this.#start = this.#at;
    this.#u32(type);
    this.#u32(0);
  }

  #end(): void {
    const total = this.#at + 4 - this.#start;
    this.#u32(total);
    this.#view.setUint32(this.#start + 4, total, true);
  }

  /** Nanoseconds since the epoch as 64 bits: the upper half, then the lower one. Every product stays below 2^53. */
  #timestamp(seconds: number, nanoseconds: number): void {
    const low = (seconds % 0x10000) * 1e9 + nanoseconds;
    const high = Math.floor(seconds / 0x10000) * 1e9;
    const lower = (low % 2 ** 32) + (high % 0x10000) * 0x10000;
    this.#u32(Math.floor(low / 2 ** 32) + Math.floor(high / 0x10000) + Math.floor(lower / 2 ** 32));
    this.#u32(lower % 2 ** 32);
  }

  #text(code: number, text: string): void {
    const bytes = this.#cut(text);
    this.#option(code, bytes.length);
    this.#padded(bytes);
  }

  #count(code: number, value: number): void {
    this.#option(code, 8);
    this.#u32(value % 2 ** 32);
    this.#u32(Math.floor(value / 2 ** 32));
  }

  #option(code: number, length: number): void {
    this.#u16(code);
    this.#u16(length);
  }

  #endOptions(): void {
    this.#u32(0);
  }

  #cut(text: string): Uint8Array {
    const bytes = this.#encoder.encode(text);
    if (bytes.length <= maxTextBytes) return bytes;
    // Not in the middle of a character: its later bytes are 10xxxxxx.
    let end = maxTextBytes;
    while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
    return bytes.subarray(0, end);
  }

  #padded(bytes: Uint8Array): void {
    const padded = (bytes.length + 3) & ~3;
    this.#reserve(padded);
    this.#bytes.set(bytes, this.#at);
    this.#at += padded;
  }

  #u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  #u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + bytes));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
