// A capture file of either kind, in any chunks, into the store: its first bytes tell pcap from pcapng.
import { PcapReader, type PcapSink } from './pcap-reader.ts';
import type { PcapngSource } from './pcapng-interface.ts';
import { PCAPNG_MAGIC } from './pcapng-framing.ts';
import { PcapngReader } from './pcapng-reader.ts';
import type { Broken } from './unit-stream.ts';
import type { PacketKeeper } from './capture-decoder.ts';

/** Packets in the store have their interface's number in the file as capture id; 0 in pcap. */
export class CaptureFile {
  readonly #store: PacketKeeper;
  readonly #interfaces: PcapngSource[] = [];
  #reader: PcapReader | PcapngReader | null = null;

  constructor(store: PacketKeeper) {
    this.#store = store;
  }

  push(bytes: Uint8Array): void {
    const [first] = bytes;
    if (first === undefined) return;
    this.#reader ??= first === PCAPNG_MAGIC[0] ? this.#pcapng() : this.#pcap();
    this.#reader.push(bytes);
  }

  /** The file has ended; in the middle of a record it is `broken` there. */
  end(): void {
    this.#reader ??= this.#pcap();
    this.#reader.end();
  }

  /** What came before is good. */
  get broken(): Broken | null {
    return this.#reader?.broken ?? null;
  }

  get packets(): number {
    return this.#reader?.records ?? 0;
  }

  /** Of pcapng: by the number that packets have as capture id. Empty for pcap, which knows none. */
  get interfaces(): readonly PcapngSource[] {
    return this.#interfaces;
  }

  #pcap(): PcapReader {
    let linkType = 0;
    const sink: PcapSink = {
      header: (of) => {
        linkType = of;
      },
      packet: (stream, at, caplen, len, seconds, nanoseconds) => {
        this.#store.append(0, linkType, stream, at, caplen, len, seconds, nanoseconds);
      },
    };
    return new PcapReader(sink, 'file');
  }

  #pcapng(): PcapngReader {
    return new PcapngReader({
      interface: (number, source) => {
        this.#interfaces[number] = source;
      },
      packet: (number, ...packet) => {
        this.#store.append(number, this.#interfaces[number]?.linkType ?? 0, ...packet);
      },
    });
  }
}
