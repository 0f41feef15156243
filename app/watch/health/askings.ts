// What is known of questions, by the connection that they are of and by what tells them from others of it; so many at most, those of the
// connection that began first leave first.

export interface Asking {
  /** The connection of the packets that a question is of, and what tells it from others of it. */
  readonly connection: number;
  readonly key: number;
}

const MOST = 10_000;

export class Askings<T extends Asking> {
  readonly #byConnection = new Map<number, Map<number, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get({ connection, key }: Asking): T | undefined {
    return this.#byConnection.get(connection)?.get(key);
  }

  /** In the place of what was known of it. @returns one that had to leave */
  set(one: T): T | null {
    const known = this.#byConnection.get(one.connection) ?? new Map<number, T>();
    this.#byConnection.set(one.connection, known);
    this.#size += known.has(one.key) ? 0 : 1;
    known.set(one.key, one);
    return this.#size > MOST ? this.#forgetFirst() : null;
  }

  delete({ connection, key }: Asking): void {
    const known = this.#byConnection.get(connection);
    if (known?.delete(key) !== true) return;
    this.#size -= 1;
    if (known.size === 0) this.#byConnection.delete(connection);
  }

  /** Two connections were one. @param merged of what both know something of */
  join(connection: number, other: number, merged: (one: T, also: T) => T): void {
    for (const one of [...(this.#byConnection.get(other)?.values() ?? [])]) {
      this.delete(one);
      const as = { ...one, connection };
      const known = this.get(as);
      this.set(known === undefined ? as : merged(known, as));
    }
  }

  *[Symbol.iterator](): Generator<T> {
    for (const known of this.#byConnection.values()) yield* known.values();
  }

  #forgetFirst(): T | null {
    for (const one of this) {
      this.delete(one);
      return one;
    }
    return null;
  }
}
