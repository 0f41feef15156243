// The bytes of one capture's pcap stream, in any chunks, into the store.
import { PcapReader, type PcapSink } from './pcap-reader.ts';
import type { Broken } from './unit-stream.ts';

/** Where packets go: PacketStore, PassingPackets. */
export interface PacketKeeper {
  append(
    captureId: number,
    linkType: number,
    stream: DataView,
    at: number,
    caplen: number,
    len: number,
    seconds: number,
    nanoseconds: number,
    comment?: Uint8Array | null,
  ): void;
}

export class CaptureDecoder implements PcapSink {
  readonly #keeper: PacketKeeper;
  readonly #captureId: number;
  readonly #reader: PcapReader;
  #linkType: number | null = null;

  constructor(keeper: PacketKeeper, captureId: number) {
    this.#keeper = keeper;
    this.#captureId = captureId;
    this.#reader = new PcapReader(this);
  }

  push(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  /** The stream has ended; in the middle of a record it is `broken` there. */
  end(): void {
    this.#reader.end();
  }

  /** Packets decoded. */
  get records(): number {
    return this.#reader.records;
  }

  /** Where the stream stopped to make sense; what came before is good, what comes after is ignored. */
  get broken(): Broken | null {
    return this.#reader.broken;
  }

  /** LINKTYPE_…; null before the pcap header came. */
  get linkType(): number | null {
    return this.#linkType;
  }

  header(linkType: number): void {
    this.#linkType = linkType;
  }

  packet(
    stream: DataView,
    at: number,
    caplen: number,
    len: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    this.#keeper.append(this.#captureId, this.#linkType ?? 0, stream, at, caplen, len, seconds, nanoseconds);
  }
}
