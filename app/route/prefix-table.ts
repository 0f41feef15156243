// Longest-prefix match over the prefixes of one table. They lie sorted by address, then by length, in flat arrays, each
// with the index of the shortest prefix around it: the last one that does not begin after an address contains it or is
// contained in one that does. A search is log2(n) comparisons and a climb of at most 33 (IPv6: 129) steps, and
// climbing on lists every other prefix that contains the address, longest first.
import { maskOf, type Prefix } from './address.ts';

export class PrefixTable {
  readonly size: number;
  readonly #width: 1 | 4;
  readonly #words: Uint32Array;
  readonly #lengths: Uint8Array;
  /** Index of the longest prefix that contains this one; -1 for none. */
  readonly #around: Int32Array;

  /** @param prefixes of one family. Its own numbers for them are given by `order`. */
  constructor(prefixes: readonly Prefix[], order: (sorted: Uint32Array) => void) {
    this.size = prefixes.length;
    this.#width = prefixes[0]?.family === 6 ? 4 : 1;
    const given = Uint32Array.from(prefixes.keys());
    // Most are told apart by their first word and their length: one number.
    const keys = Float64Array.from(
      prefixes,
      ({ words, length }) => (words[0] ?? 0) * 256 + Math.min(length, 32),
    );
    given.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || compare(prefixes[a], prefixes[b]));
    order(given);
    this.#words = new Uint32Array(this.size * this.#width);
    this.#lengths = new Uint8Array(this.size);
    this.#around = new Int32Array(this.size).fill(-1);
    for (let at = 0; at < this.size; at += 1) {
      const prefix = prefixes[given[at] ?? 0];
      if (prefix === undefined) continue;
      this.#words.set(prefix.words, at * this.#width);
      this.#lengths[at] = prefix.length;
      let around = at - 1;
      while (around >= 0 && !this.#contains(around, prefix.words)) around = this.#around[around] ?? -1;
      this.#around[at] = around;
    }
  }

  /** Index of the longest prefix that contains the address; -1 when none does. */
  longest(words: Uint32Array): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#beginsAfter(middle, words)) high = middle;
      else low = middle + 1;
    }
    let at = low - 1;
    while (at >= 0 && !this.#contains(at, words)) at = this.#around[at] ?? -1;
    return at;
  }

  /** The next shorter one that contains the same address; -1 when none does. */
  shorter(at: number): number {
    return this.#around[at] ?? -1;
  }

  /** Both begin with the same address: 10.0.0.0/8 and 10.0.0.0/16. */
  sameStart(a: number, b: number): boolean {
    for (let word = 0; word < this.#width; word += 1)
      if (this.#words[a * this.#width + word] !== this.#words[b * this.#width + word]) return false;
    return true;
  }

  #beginsAfter(at: number, words: Uint32Array): boolean {
    const from = at * this.#width;
    for (let word = 0; word < this.#width; word += 1) {
      const mine = this.#words[from + word] ?? 0;
      const theirs = words[word] ?? 0;
      if (mine !== theirs) return mine > theirs;
    }
    return false;
  }

  #contains(at: number, words: Uint32Array): boolean {
    const from = at * this.#width;
    const length = this.#lengths[at] ?? 0;
    for (let word = 0; word < this.#width; word += 1) {
      const left = length - word * 32;
      if (left <= 0) return true;
      if ((((this.#words[from + word] ?? 0) ^ (words[word] ?? 0)) & maskOf(left)) !== 0) return false;
    }
    return true;
  }
}

function compare(a: Prefix | undefined, b: Prefix | undefined): number {
  if (a === undefined || b === undefined) return 0;
  for (let word = 0; word < a.words.length; word += 1) {
    const difference = (a.words[word] ?? 0) - (b.words[word] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
