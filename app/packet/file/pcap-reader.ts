// pcap as a stream (draft-ietf-opsawg-pcap; pcap-savefile(5)): any chunking, both endians, µs and ns, bounded memory.
import { MAX_RECORD_BYTES, MAX_WIRE_BYTES } from './limits.ts';
import { pcapMagic, readPcapHeader, type PcapFormat, type PcapMode } from './pcap-header.ts';
import { UnitStream } from './unit-stream.ts';

/** Far beyond any packet, segmentation offload's too: such a length is a desynchronised stream's. */
const MAX_LIVE_WIRE_BYTES = 16 * 1024 * 1024;
const MAX_RECORD_HEADER_BYTES = 24;

export interface PcapSink {
  /** Comes before the first packet. */
  header(linkType: number, snaplen: number): void;
  /**
   * The packet lies at `at` in `stream` only during the call. Of a file `len` may be smaller than `caplen`, and
   * `nanoseconds` more than a second has: the lower 32 bits of what a damaged fraction comes to.
   */
  packet(
    stream: DataView,
    at: number,
    caplen: number,
    len: number,
    seconds: number,
    nanoseconds: number,
  ): void;
}

export class PcapReader extends UnitStream {
  readonly #sink: PcapSink;
  readonly #live: boolean;
  #records = 0;
  /** Null: the header has not been read. */
  #format: PcapFormat | null = null;
  #little = true;
  #nanosecondsATick = 1000;
  #recordHeaderBytes = 16;
  #lengths: PcapFormat['lengths'] = 'usual';
  #maxCaplen = MAX_RECORD_BYTES;

  /**
   * @param mode `live` is strict: what contradicts itself is a stream that lost its place. `file` forgives what libpcap
   * and Wireshark forgive.
   */
  constructor(sink: PcapSink, mode: PcapMode = 'live') {
    super(MAX_RECORD_HEADER_BYTES + MAX_RECORD_BYTES);
    this.#sink = sink;
    this.#live = mode === 'live';
  }

  get records(): number {
    return this.#records;
  }

  /** The stream has ended: in the middle of a record it is broken there. */
  end(): void {
    if (this.#format === null) this.stop(0, 'The capture ends in the middle of the pcap header.');
    else if (this.withinUnit) this.stop(0, 'The capture ends in the middle of a packet.');
  }

  protected override unitLength(stream: DataView, at: number, length: number): number {
    if (this.#format === null) return this.#headerLength(stream, at, length);
    if (length < this.#recordHeaderBytes) return this.#recordHeaderBytes;
    const swapped = this.#swapped(stream, at);
    const caplen = this.#word(stream, at + (swapped ? 12 : 8));
    if (caplen > this.#maxCaplen) {
      return this.stop(
        swapped ? 12 : 8,
        `A packet claims ${caplen} captured bytes where at most ${this.#maxCaplen} are possible.`,
      );
    }
    if (this.#live) {
      const len = this.#word(stream, at + 12);
      if (len < caplen || len > MAX_LIVE_WIRE_BYTES)
        return this.stop(12, `A packet claims ${len} bytes on the wire and ${caplen} of them captured.`);
      if (this.#word(stream, at + 4) * this.#nanosecondsATick >= 1e9)
        return this.stop(4, 'A packet claims a time past the end of its second.');
    }
    return this.#recordHeaderBytes + caplen;
  }

  protected override takeUnit(stream: DataView, at: number): void {
    if (this.#format === null) {
      this.#takeHeader(stream, at);
      return;
    }
    const swapped = this.#swapped(stream, at);
    this.#records += 1;
    this.#sink.packet(
      stream,
      at + this.#recordHeaderBytes,
      this.#word(stream, at + (swapped ? 12 : 8)),
      Math.min(this.#word(stream, at + (swapped ? 8 : 12)), MAX_WIRE_BYTES),
      this.#word(stream, at),
      Math.imul(this.#word(stream, at + 4), this.#nanosecondsATick) >>> 0,
    );
  }

  /** The usual: records that are sound, one after the other, without a call for each header. */
  protected override takeRun(stream: DataView, from: number, length: number): number {
    if (this.#format === null || this.#lengths !== 'usual') return 0;
    const little = this.#little;
    const tick = this.#nanosecondsATick;
    const headerBytes = this.#recordHeaderBytes;
    const maxCaplen = this.#maxCaplen;
    const live = this.#live;
    const sink = this.#sink;
    const end = from + length;
    let at = from;
    while (at + headerBytes <= end) {
      const packet = at + headerBytes;
      const caplen = stream.getUint32(at + 8, little);
      if (caplen > maxCaplen || packet + caplen > end) break;
      const len = stream.getUint32(at + 12, little);
      const fraction = stream.getUint32(at + 4, little);
      if (live && (len < caplen || len > MAX_LIVE_WIRE_BYTES || fraction * tick >= 1e9)) break;
      this.#records += 1;
      sink.packet(
        stream,
        packet,
        caplen,
        len < MAX_WIRE_BYTES ? len : MAX_WIRE_BYTES,
        stream.getUint32(at, little),
        Math.imul(fraction, tick) >>> 0,
      );
      at = packet + caplen;
    }
    return at - from;
  }

  #swapped(stream: DataView, at: number): boolean {
    if (this.#lengths === 'usual') return false;
    return this.#lengths === 'swapped' || this.#word(stream, at + 8) > this.#word(stream, at + 12);
  }

  #headerLength(stream: DataView, at: number, length: number): number {
    const begun = pcapMagic(stream, at, length, this.#mode);
    if (begun === null)
      return this.stop(0, 'This is no pcap capture: it does not begin with the mark of one.');
    return length < 4 ? 4 : begun.magic.headerBytes;
  }

  #takeHeader(stream: DataView, at: number): void {
    const begun = pcapMagic(stream, at, 4, this.#mode);
    if (begun === null) throw new Error('a pcap magic that was checked is none');
    const format = readPcapHeader(stream, at, begun, this.#mode);
    if ('sentence' in format) {
      this.stop(format.into, format.sentence);
      return;
    }
    this.#format = format;
    this.#little = format.little;
    this.#nanosecondsATick = format.nanosecondsATick;
    this.#recordHeaderBytes = format.recordHeaderBytes;
    this.#lengths = format.lengths;
    if (this.#live && format.snaplen !== 0) this.#maxCaplen = Math.min(format.snaplen, MAX_RECORD_BYTES);
    this.#sink.header(format.linkType, format.snaplen);
  }

  get #mode(): PcapMode {
    return this.#live ? 'live' : 'file';
  }

  #word(stream: DataView, at: number): number {
    return stream.getUint32(at, this.#little);
  }
}
