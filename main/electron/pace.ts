// How often a feed may speak. What comes too early is not kept: the feed is called again when it may, and looks then.

export class Pace implements Disposable {
  readonly #pause: number;
  readonly #again: () => void;
  /** Monotonic, ms. */
  #last = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  /** @param pause ms between two goes at least; @param again called once after a go was refused, when the time has come. */
  constructor(pause: number, again: () => void) {
    this.#pause = pause;
    this.#again = again;
  }

  /** False: too early, and `again` will be called. */
  mayGo(): boolean {
    const wait = this.#last + this.#pause - performance.now();
    if (wait <= 0) return true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#again();
    }, Math.ceil(wait));
    return false;
  }

  /** It went now. */
  went(): void {
    this.#last = performance.now();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
