// Finds where a guard's own bytes begin on a channel (framing.ts): what a login prints before that is noise.

const NOISE_KEPT = 4096;

/** Feed it chunks; what comes after the mark is handed back. */
export class BeginMark {
  readonly #mark: Buffer;
  /** The start of the mark may be at its end. */
  #tail: Buffer = Buffer.alloc(0);
  readonly #noiseText = new TextDecoder();
  began = false;
  noiseBytes = 0;
  /** The first of it, for messages. */
  noise = '';

  constructor(nonce: string) {
    this.#mark = Buffer.from(`${nonce} begin\n`);
  }

  /** @returns what of `chunk` comes after the mark; empty while it is still to come. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.began) return chunk;
    const window = Buffer.concat([this.#tail, chunk]);
    const at = window.indexOf(this.#mark);
    if (at < 0) {
      const sure = Math.max(0, window.length - this.#mark.length + 1);
      this.#drop(window.subarray(0, sure));
      this.#tail = window.subarray(sure);
      return new Uint8Array(0);
    }
    this.#drop(window.subarray(0, at));
    this.#tail = Buffer.alloc(0);
    this.began = true;
    return window.subarray(at + this.#mark.length);
  }

  /** Nothing more comes: without a mark all of it was noise. */
  end(): void {
    this.#drop(this.#tail);
    this.#tail = Buffer.alloc(0);
  }

  #drop(bytes: Uint8Array): void {
    this.noiseBytes += bytes.length;
    if (this.noise.length >= NOISE_KEPT) return;
    this.noise = (this.noise + this.#noiseText.decode(bytes, { stream: true })).slice(0, NOISE_KEPT);
  }
}
