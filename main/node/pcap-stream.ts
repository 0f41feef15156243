// What a capture's channel gives on stdout: noise, the guard's begin mark, then one pcap stream up to the end of file.
// (pcap-savefile(5): magic number, …, link type in the last 4 of 24 bytes, in the byte order that the magic shows.)
import { BeginMark } from './begin-mark.ts';

const HEADER = 24;
/** Microseconds and nanoseconds, as read little-endian; true: the writer was little-endian. */
const MAGIC: ReadonlyMap<number, boolean> = new Map([
  [0xa1b2c3d4, true],
  [0xa1b23c4d, true],
  [0xd4c3b2a1, false],
  [0x4d3cb2a1, false],
]);
const LINKTYPE_LINUX_SLL = 113;

/** Feed it chunks; it hands packets' bytes on at once and never keeps more than a header. */
export class PcapStream {
  readonly #begin: BeginMark;
  #header: Uint8Array = new Uint8Array(0);
  #started = false;
  /** Then nothing more is handed on. `sll`: the old form of `any`, which does not tell interfaces apart. */
  trouble: 'not-pcap' | 'sll' | null = null;

  constructor(nonce: string) {
    this.#begin = new BeginMark(nonce);
  }

  get began(): boolean {
    return this.#begin.began;
  }

  get noise(): string {
    return this.#begin.noise;
  }

  /** What was there instead of a pcap stream, as text; of use when `trouble` is 'not-pcap'. */
  get insteadOfPcap(): string {
    return new TextDecoder().decode(this.#header);
  }

  /** @returns bytes of the pcap stream; may be empty. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.trouble !== null) return new Uint8Array(0);
    const after = this.#begin.push(chunk);
    if (this.#started) return after;
    this.#header = new Uint8Array(Buffer.concat([this.#header, after]));
    if (this.#header.length < 4) return new Uint8Array(0);
    const view = new DataView(this.#header.buffer, this.#header.byteOffset);
    const little = MAGIC.get(view.getUint32(0, true));
    if (little === undefined) this.trouble = 'not-pcap';
    if (little === undefined || this.#header.length < HEADER) return new Uint8Array(0);
    // The upper bits tell of a frame check sequence.
    if ((view.getUint32(20, little) & 0xffff) === LINKTYPE_LINUX_SLL) {
      this.trouble = 'sll';
      return new Uint8Array(0);
    }
    this.#started = true;
    const bytes = this.#header;
    this.#header = new Uint8Array(0);
    return bytes;
  }

  end(): void {
    this.#begin.end();
  }
}
