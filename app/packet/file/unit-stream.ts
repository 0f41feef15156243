// A stream of units – headers, records, blocks – in any chunks: what one chunk begins and a later one ends is put
// together, the rest is read where it lies. Memory is bounded by the longest unit that a reader asks for.

/** Where a stream stopped to make sense: bytes from its start, and a sentence. */
export interface Broken {
  readonly offset: number;
  readonly sentence: string;
}

/** Instead of a length: the stream is broken. */
export const STOPPED = -1;

const FIRST_CARRY_BYTES = 4096;

export abstract class UnitStream {
  readonly #maxUnitBytes: number;
  #broken: Broken | null = null;
  /** Bytes of the stream before the unit that begins. */
  #offset = 0;
  /** The beginning of a unit whose end has not come. */
  #carry = new DataView(new ArrayBuffer(FIRST_CARRY_BYTES));
  #carried = 0;
  /** Bytes to come that nobody looks at. */
  #skip = 0;

  /** @param maxUnitBytes the longest that `unitLength` says */
  constructor(maxUnitBytes: number) {
    this.#maxUnitBytes = maxUnitBytes;
  }

  /**
   * How long the unit is that begins at `at`, as far as the `length` bytes at hand tell; more than those: it is asked
   * again when so many are there. Or STOPPED.
   */
  protected abstract unitLength(stream: DataView, at: number, length: number): number;

  /** A whole unit, which lies in `stream` only during the call. */
  protected abstract takeUnit(stream: DataView, at: number, length: number): void;

  /**
   * A reader may take units in a row on its own, as many as it likes of those that lie at `at` whole: how many bytes. What
   * has anything odd about it is left to `unitLength` and `takeUnit`.
   */
  protected abstract takeRun(stream: DataView, at: number, length: number): number;

  /** Once not null it stays; later bytes are ignored. */
  get broken(): Broken | null {
    return this.#broken;
  }

  /** Bytes of the stream before the unit that is being read. */
  protected get offset(): number {
    return this.#offset;
  }

  /** Whether the stream cannot end here. */
  protected get withinUnit(): boolean {
    return this.#carried > 0 || this.#skip > 0;
  }

  push(bytes: Uint8Array): void {
    const chunk = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at < bytes.length && this.#broken === null) {
      const left = bytes.length - at;
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, left);
        this.#skip -= skipped;
        this.#offset += skipped;
        at += skipped;
      } else if (this.#carried > 0) {
        at += this.#complete(bytes, at);
      } else {
        const run = this.takeRun(chunk, at, left);
        if (run > 0) {
          this.#offset += run;
          at += run;
          continue;
        }
        const length = this.unitLength(chunk, at, left);
        if (length === STOPPED) return;
        if (length > left) {
          this.#keep(bytes, at, left);
          return;
        }
        this.takeUnit(chunk, at, length);
        this.#offset += length;
        at += length;
      }
    }
  }

  /** The next `length` bytes after the unit that is being taken are of no interest. */
  protected skip(length: number): void {
    this.#skip = length;
  }

  /** @param into bytes after the unit's beginning; may lie before it */
  protected stop(into: number, sentence: string): typeof STOPPED {
    this.#broken ??= { offset: this.#offset + into, sentence };
    return STOPPED;
  }

  /** Adds to the unit that an earlier chunk began, its header first, which tells its length. How many bytes it took. */
  #complete(bytes: Uint8Array, from: number): number {
    let at = from;
    for (;;) {
      const length = this.unitLength(this.#carry, 0, this.#carried);
      if (length === STOPPED) break;
      if (length <= this.#carried) {
        this.#carried = 0;
        this.takeUnit(this.#carry, 0, length);
        this.#offset += length;
        break;
      }
      const more = Math.min(length - this.#carried, bytes.length - at);
      if (more === 0) break;
      this.#keep(bytes, at, more);
      at += more;
    }
    return at - from;
  }

  #keep(bytes: Uint8Array, at: number, length: number): void {
    const needed = this.#carried + length;
    const kept = new Uint8Array(this.#carry.buffer, 0, this.#carried);
    // Grows with what has come, never with what a length claims.
    if (needed > this.#carry.byteLength)
      this.#carry = new DataView(new ArrayBuffer(Math.max(needed, Math.min(this.#maxUnitBytes, 2 * needed))));
    const carry = new Uint8Array(this.#carry.buffer);
    if (kept.buffer !== carry.buffer) carry.set(kept);
    carry.set(bytes.subarray(at, at + length), this.#carried);
    this.#carried = needed;
  }
}
