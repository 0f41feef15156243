// Something that happens once. Unlike a promise it lets a listener go again, so that thousands of short-lived channels
// leave nothing behind on the one connection that outlives them.
export class Ending<T> {
  readonly promise: Promise<T>;
  readonly #listeners = new Set<(value: T) => void>();
  #resolve: (value: T) => void = () => undefined;
  #settled: { readonly value: T } | null = null;

  constructor() {
    this.promise = new Promise((resolve) => (this.#resolve = resolve));
  }

  get value(): T | null {
    return this.#settled?.value ?? null;
  }

  /** Calls `listener` once, at once if it has already happened. Returns what takes the listener away. */
  listen(listener: (value: T) => void): () => void {
    if (this.#settled !== null) {
      listener(this.#settled.value);
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Only the first call counts. */
  settle(value: T): void {
    if (this.#settled !== null) return;
    this.#settled = { value };
    this.#resolve(value);
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(value);
  }
}
