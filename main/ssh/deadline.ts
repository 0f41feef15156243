// A time limit on silence that can be held while a person is thinking.
export class Deadline {
  readonly #limitMs: number;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  #held = 0;
  #over = false;

  constructor(limitMs: number, expired: () => void) {
    this.#limitMs = limitMs;
    this.#expired = expired;
    this.#start();
  }

  /** Something happened: the limit starts anew. */
  renew(): void {
    if (this.#held === 0 && !this.#over) this.#start();
  }

  /** The limit does not run while `work` does. */
  async holdFor<T>(work: Promise<T>): Promise<T> {
    this.#held++;
    clearTimeout(this.#timer);
    try {
      return await work;
    } finally {
      this.#held--;
      this.renew();
    }
  }

  end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#expired, this.#limitMs);
  }
}
