// How pcapng cuts a stream into blocks (draft-ietf-opsawg-pcapng §3.1), each between its length and its length again:
// those that are read come whole, others are skipped by their length, whatever they hold.
import { STOPPED, UnitStream } from './unit-stream.ts';

/** The first bytes of a file, in both orders. */
export const PCAPNG_MAGIC = [0x0a, 0x0d, 0x0d, 0x0a] as const;

export const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type, length, and the first word: a section's tells in which order to read its length. */
const HEAD_BYTES = 12;
/** A block that is held in memory: Wireshark's and libpcap's bound, too. */
const MAX_BLOCK_BYTES = 16 * 1024 * 1024;
const LENGTHS_DIFFER = 'A block does not end where it says: its two lengths differ.';

export abstract class PcapngFraming extends UnitStream {
  /** The order of the section's bytes. */
  protected little = true;
  #inSection = false;
  /** Of the block being skipped, whose second length comes; 0: none. */
  #skipped = 0;

  constructor() {
    super(MAX_BLOCK_BYTES);
  }

  /** Whether blocks of this type are of interest. A section header always is. */
  protected abstract isRead(type: number): boolean;

  /** A whole block, its body in [at, end). `stop` counts from the block's beginning. */
  protected abstract readBlock(type: number, stream: DataView, at: number, end: number): void;

  /** The stream has ended; in the middle of a block it is broken there. */
  end(): void {
    if (!this.#inSection && !this.withinUnit) this.stop(0, 'The capture is empty.');
    else if (this.withinUnit || this.#skipped > 0) this.stop(0, 'The capture ends in the middle of a block.');
  }

  /** Blocks are of many kinds: each is taken alone. */
  protected override takeRun(): number {
    return 0;
  }

  protected override unitLength(stream: DataView, at: number, length: number): number {
    if (this.#skipped > 0) return 4;
    if (!this.#inSection && !this.#checkMagic(stream, at, Math.min(length, 4))) return STOPPED;
    if (length < HEAD_BYTES) return HEAD_BYTES;
    const type = stream.getUint32(at, this.little);
    // It reads the same in both orders.
    if (type === SECTION_HEADER && !this.#readByteOrder(stream, at + 8)) return STOPPED;
    const total = stream.getUint32(at + 4, this.little);
    if (total < HEAD_BYTES)
      return this.stop(4, `A block claims to be ${total} bytes long, which no block can be.`);
    if (type !== SECTION_HEADER && !this.isRead(type)) return HEAD_BYTES;
    if (total > MAX_BLOCK_BYTES)
      return this.stop(4, `A block claims ${total} bytes where at most ${MAX_BLOCK_BYTES} are read.`);
    return padded(total);
  }

  protected override takeUnit(stream: DataView, at: number, length: number): void {
    if (this.#skipped > 0) {
      const total = this.#skipped;
      this.#skipped = 0;
      this.#checkEnd(stream, at, total, 8 - padded(total));
      return;
    }
    const type = stream.getUint32(at, this.little);
    const total = stream.getUint32(at + 4, this.little);
    if (type === SECTION_HEADER || this.isRead(type)) {
      if (!this.#checkEnd(stream, at + length - 4, total, 4)) return;
      this.readBlock(type, stream, at + 8, at + length - 4);
      this.#inSection ||= this.broken === null;
    } else if (padded(total) === HEAD_BYTES) {
      // The head of a block without a body already holds its second length.
      this.#checkEnd(stream, at + 8, total, 4);
    } else {
      this.#skipped = total;
      this.skip(padded(total) - HEAD_BYTES - 4);
    }
  }

  /** Some writers give a length that is no multiple of 4, and pad the block nonetheless. */
  #checkEnd(stream: DataView, at: number, total: number, into: number): boolean {
    const again = stream.getUint32(at, this.little);
    if (again === total || again === padded(total)) return true;
    this.stop(into, LENGTHS_DIFFER);
    return false;
  }

  #checkMagic(stream: DataView, at: number, length: number): boolean {
    if (PCAPNG_MAGIC.every((byte, index) => index >= length || stream.getUint8(at + index) === byte))
      return true;
    this.stop(0, 'This is no pcapng capture: it does not begin with the mark of one.');
    return false;
  }

  #readByteOrder(stream: DataView, at: number): boolean {
    for (const little of [true, false]) {
      this.little = little;
      if (stream.getUint32(at, little) === BYTE_ORDER_MAGIC) return true;
    }
    this.stop(8, 'A section does not say in which order its bytes are.');
    return false;
  }
}

/** Not with bits: a length has 32 of them, too. */
function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
