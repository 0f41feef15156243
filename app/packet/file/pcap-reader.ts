// pcap as a stream (draft-ietf-opsawg-pcap; pcap-savefile(5)): any chunking, both endians, µs and ns, bounded memory.

/** What no capture of ours exceeds, and libpcap's own bound (MAXIMUM_SNAPLEN). */
export const MAX_RECORD_BYTES = 262_144;

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Far beyond any packet, segmentation offload's too: such a length is a desynchronised stream's. */
const MAX_WIRE_BYTES = 16 * 1024 * 1024;
const STOPPED = -1;

export interface PcapSink {
  /** Comes before the first packet. */
  header(linkType: number, snaplen: number): void;
  /** The packet lies at `at` in `stream` only during the call. */
  packet(
    stream: DataView,
    at: number,
    caplen: number,
    len: number,
    seconds: number,
    nanoseconds: number,
  ): void;
}

/** Where a stream stopped to make sense: bytes from its start, and a sentence. */
export interface Broken {
  readonly offset: number;
  readonly sentence: string;
}

const MAGICS = [
  { bytes: [0xd4, 0xc3, 0xb2, 0xa1], little: true, nanosecondsATick: 1000 },
  { bytes: [0xa1, 0xb2, 0xc3, 0xd4], little: false, nanosecondsATick: 1000 },
  { bytes: [0x4d, 0x3c, 0xb2, 0xa1], little: true, nanosecondsATick: 1 },
  { bytes: [0xa1, 0xb2, 0x3c, 0x4d], little: false, nanosecondsATick: 1 },
] as const;

export class PcapReader {
  readonly #sink: PcapSink;
  #records = 0;
  #broken: Broken | null = null;
  #little = true;
  #nanosecondsATick = 1000;
  #maxCaplen = 0;
  #headerRead = false;
  /** Bytes of the stream before what `#carry` holds. */
  #offset = 0;
  /** The beginning of a header or record whose end has not come. */
  #carry = new DataView(new ArrayBuffer(4096));
  #carried = 0;

  constructor(sink: PcapSink) {
    this.#sink = sink;
  }

  get records(): number {
    return this.#records;
  }

  /** Once not null it stays; later bytes are ignored. */
  get broken(): Broken | null {
    return this.#broken;
  }

  push(bytes: Uint8Array): void {
    if (this.#broken !== null) return;
    let at = 0;
    // The unit that an earlier chunk began: its header first, which tells its length.
    while (this.#carried > 0) {
      const wanted = this.#unitLength(this.#carry, 0, this.#carried);
      if (wanted === STOPPED) return;
      if (wanted <= this.#carried) {
        if (!this.#take(this.#carry, 0)) return;
        this.#offset += wanted;
        this.#carried = 0;
      } else {
        if (at === bytes.length) return;
        const more = Math.min(wanted - this.#carried, bytes.length - at);
        this.#keep(bytes, at, more);
        at += more;
      }
    }
    const chunk = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (at < bytes.length) {
      const left = bytes.length - at;
      const wanted = this.#unitLength(chunk, at, left);
      if (wanted === STOPPED) return;
      if (wanted > left) {
        this.#keep(bytes, at, left);
        return;
      }
      if (!this.#take(chunk, at)) return;
      this.#offset += wanted;
      at += wanted;
    }
  }

  /** The stream has ended: in the middle of a record it is broken there. */
  end(): void {
    if (this.#broken !== null || (this.#carried === 0 && this.#headerRead)) return;
    const what = this.#headerRead ? 'a packet' : 'the pcap header';
    this.#stop(0, `The capture ends in the middle of ${what}.`);
  }

  #keep(bytes: Uint8Array, at: number, length: number): void {
    const needed = this.#carried + length;
    const kept = new Uint8Array(this.#carry.buffer, 0, this.#carried);
    if (needed > this.#carry.byteLength) {
      const roomier = Math.min(RECORD_HEADER_BYTES + MAX_RECORD_BYTES, 2 * needed);
      this.#carry = new DataView(new ArrayBuffer(roomier));
    }
    const carry = new Uint8Array(this.#carry.buffer);
    if (kept.buffer !== carry.buffer) carry.set(kept);
    carry.set(bytes.subarray(at, at + length), this.#carried);
    this.#carried = needed;
  }

  /** How long the header or record is that begins here, as far as the bytes at hand tell. */
  #unitLength(stream: DataView, at: number, length: number): number {
    if (!this.#headerRead)
      return this.#mayBeMagic(stream, at, Math.min(length, 4)) ? FILE_HEADER_BYTES : STOPPED;
    if (length < RECORD_HEADER_BYTES) return RECORD_HEADER_BYTES;
    const fraction = this.#word(stream, at + 4);
    const caplen = this.#word(stream, at + 8);
    const len = this.#word(stream, at + 12);
    if (caplen > this.#maxCaplen) {
      return this.#stop(
        8,
        `A packet claims ${caplen} captured bytes where at most ${this.#maxCaplen} are possible.`,
      );
    }
    if (len < caplen || len > MAX_WIRE_BYTES) {
      return this.#stop(12, `A packet claims ${len} bytes on the wire and ${caplen} of them captured.`);
    }
    if (fraction * this.#nanosecondsATick >= 1e9) {
      return this.#stop(4, 'A packet claims a time past the end of its second.');
    }
    return RECORD_HEADER_BYTES + caplen;
  }

  #mayBeMagic(stream: DataView, at: number, length: number): boolean {
    const possible = MAGICS.some((magic) =>
      magic.bytes.every((byte, index) => index >= length || stream.getUint8(at + index) === byte),
    );
    if (!possible) this.#stop(0, 'This is no pcap capture: it does not begin with the mark of one.');
    return possible;
  }

  /** False when the stream ends to make sense here. */
  #take(stream: DataView, at: number): boolean {
    if (this.#headerRead) {
      const caplen = this.#word(stream, at + 8);
      this.#records += 1;
      this.#sink.packet(
        stream,
        at + RECORD_HEADER_BYTES,
        caplen,
        this.#word(stream, at + 12),
        this.#word(stream, at),
        this.#word(stream, at + 4) * this.#nanosecondsATick,
      );
      return true;
    }
    const magic = MAGICS.find((known) =>
      known.bytes.every((byte, index) => stream.getUint8(at + index) === byte),
    );
    if (magic === undefined) throw new Error('a pcap magic that was checked is none');
    this.#little = magic.little;
    this.#nanosecondsATick = magic.nanosecondsATick;
    const major = stream.getUint16(at + 4, this.#little);
    if (major !== 2) {
      this.#stop(4, `This is pcap of version ${major}; only version 2 can be read.`);
      return false;
    }
    const snaplen = this.#word(stream, at + 16);
    this.#maxCaplen = snaplen === 0 ? MAX_RECORD_BYTES : Math.min(snaplen, MAX_RECORD_BYTES);
    this.#headerRead = true;
    // The upper bits tell of a frame check sequence.
    this.#sink.header(this.#word(stream, at + 20) & 0xffff, snaplen);
    return true;
  }

  #stop(into: number, sentence: string): typeof STOPPED {
    this.#broken = { offset: this.#offset + into, sentence };
    return STOPPED;
  }

  #word(stream: DataView, at: number): number {
    return stream.getUint32(at, this.#little);
  }
}
