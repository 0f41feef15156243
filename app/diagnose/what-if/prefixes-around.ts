// In which of many prefixes an address lies: a look-up a length, however many there are.
import { maskOf, parseAddress, parsePrefix, type Address } from '../../route/address.ts';

/** Of an address those of the prefixes that it lies in, as one text; '' where it lies in none. */
export function prefixesAround(prefixes: readonly string[]): (address: string) => string {
  const byLength = new Map<
    string,
    { readonly family: 4 | 6; readonly length: number; readonly keys: Set<string> }
  >();
  for (const text of prefixes) {
    const prefix = parsePrefix(text);
    if (prefix === null) continue;
    const { family, length } = prefix;
    const key = `${family} ${length}`;
    const of = byLength.get(key) ?? { family, length, keys: new Set<string>() };
    of.keys.add(masked(prefix, length));
    byLength.set(key, of);
  }
  return (text) => {
    const address = parseAddress(text);
    if (address === null) return '';
    return [...byLength.values()]
      .filter(({ family, length, keys }) => family === address.family && keys.has(masked(address, length)))
      .map(({ length }) => masked(address, length))
      .join(',');
  };
}

function masked({ words }: Address, length: number): string {
  return `${Array.from(words, (word, at) => ((word & maskOf(length - at * 32)) >>> 0).toString(16)).join(':')}/${length}`;
}
