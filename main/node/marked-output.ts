// Reads one raw stream of a guarded script: noise, begin mark, bytes, end mark with the exit status (framing.ts).
import { BeginMark } from './begin-mark.ts';

export interface MarkedOutput {
  readonly bytes: Uint8Array;
  /** More came than `maxBytes`; reading stopped there. */
  readonly truncated: boolean;
}

const STATUS_DIGITS = 3;

/** Feed it chunks; it is `done` at the end mark, or when `maxBytes` are kept and more came. */
export class MarkedReader {
  readonly #begin: BeginMark;
  readonly #end: Buffer;
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  /** Held back: the start of a mark may be at its end. */
  #tail: Buffer = Buffer.alloc(0);
  done = false;
  truncated = false;
  status: number | null = null;

  constructor(nonce: string, maxBytes: number) {
    this.#begin = new BeginMark(nonce);
    this.#end = Buffer.from(`\n${nonce} end `);
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): void {
    if (this.done) return;
    const after = this.#begin.push(chunk);
    if (!this.#begin.began) return;
    const window = Buffer.concat([this.#tail, after]);
    const at = window.indexOf(this.#end);
    if (at < 0) {
      this.#hold(window, this.#end.length);
      return;
    }
    const newline = window.indexOf(10, at + this.#end.length);
    if (newline < 0 && window.length - at <= this.#end.length + STATUS_DIGITS) {
      this.#hold(window, window.length - at + 1);
      return;
    }
    this.#keep(window.subarray(0, at));
    this.#tail = Buffer.alloc(0);
    // A mark that never ends its line is not our script's: the output ends there, without a status.
    const status = newline < 0 ? '' : window.subarray(at + this.#end.length, newline).toString('latin1');
    if (!this.truncated && /^\d{1,3}$/.test(status)) this.status = Number(status);
    this.done = true;
  }

  get began(): boolean {
    return this.#begin.began;
  }

  /** Bytes before the begin mark, and the first of them as text. */
  get noiseBytes(): number {
    return this.#begin.noiseBytes;
  }
  get noise(): string {
    return this.#begin.noise;
  }

  /** All bytes before the end mark, without the marks; what an unfinished stream held back included. */
  output(): MarkedOutput {
    if (!this.done) {
      const tail = this.#tail;
      this.#tail = Buffer.alloc(0);
      this.#keep(tail);
      this.#begin.end();
    }
    // An exact copy: a small Buffer would drag its pool along to whoever keeps it.
    return { bytes: new Uint8Array(Buffer.concat(this.#chunks, this.#length)), truncated: this.truncated };
  }

  #hold(window: Buffer, markLength: number): void {
    const keep = Math.min(window.length, markLength - 1);
    this.#keep(window.subarray(0, window.length - keep));
    this.#tail = window.subarray(window.length - keep);
  }

  #keep(bytes: Buffer): void {
    const kept = bytes.subarray(0, Math.max(0, this.#maxBytes - this.#length));
    if (kept.length > 0) this.#chunks.push(kept);
    this.#length += kept.length;
    if (kept.length < bytes.length) {
      this.truncated = true;
      this.done = true;
    }
  }
}
