// Of what has a prefix each (routes of the kernel, of a daemon), that of the longest one that an address lies in: each Pod of each node is
// looked up at all others, which have thousands.
import { parseAddress, parsePrefix } from '../route/address.ts';
import { PrefixTable } from '../route/prefix-table.ts';

interface OfPrefix {
  readonly dst: string;
}

interface Table<T> {
  readonly prefixes: PrefixTable;
  /** In the order of `prefixes`. */
  readonly found: readonly T[];
}

export class LongestPrefix<T extends OfPrefix> {
  readonly #tables: { readonly 4: Table<T>; readonly 6: Table<T> };

  /** @param all of one prefix the first counts; those without a readable one are left out. */
  constructor(all: Iterable<T>) {
    const first = new Map<string, T>();
    for (const one of all) if (!first.has(one.dst)) first.set(one.dst, one);
    const parsed = [...first.values()].flatMap((one) => {
      const prefix = parsePrefix(one.dst);
      return prefix === null ? [] : [{ one, prefix }];
    });
    const ofFamily = (family: 4 | 6): Table<T> => {
      const own = parsed.filter(({ prefix }) => prefix.family === family);
      const found: T[] = [];
      const prefixes = new PrefixTable(
        own.map(({ prefix }) => prefix),
        (order) => {
          for (const at of order) found.push(...own.slice(at, at + 1).map(({ one }) => one));
        },
      );
      return { prefixes, found };
    };
    this.#tables = { 4: ofFamily(4), 6: ofFamily(6) };
  }

  /** Null: it lies in none, or is no address. */
  of(ip: string): T | null {
    const address = parseAddress(ip);
    if (address === null) return null;
    const { prefixes, found } = this.#tables[address.family];
    return found[prefixes.longest(address.words)] ?? null;
  }
}
