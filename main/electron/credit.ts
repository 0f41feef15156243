// Credits in bytes (DESIGN §10): how much the page has been sent and has not yet said it digested.

export class Credit {
  readonly #window: number;
  #outstanding = 0;

  /** @param window bytes that may be under way at once. */
  constructor(window: number) {
    this.#window = window;
  }

  /** A message larger than the whole window still goes, alone: otherwise it would wait for ever. */
  admits(bytes: number): boolean {
    return this.#outstanding === 0 || this.#outstanding + bytes <= this.#window;
  }

  get exhausted(): boolean {
    return this.#outstanding >= this.#window;
  }

  spend(bytes: number): void {
    this.#outstanding += bytes;
  }

  /** A page that returns more than it got does not buy a larger window. */
  giveBack(bytes: number): void {
    this.#outstanding = Math.max(0, this.#outstanding - bytes);
  }
}
