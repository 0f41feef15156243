// Whether two prefixes share addresses.
import { inPrefix, parsePrefix } from '../route/address.ts';

export function overlap(one: string, other: string): boolean {
  const [a, b] = [parsePrefix(one), parsePrefix(other)];
  if (a === null || b?.family !== a.family) return false;
  return a.length <= b.length ? inPrefix(b, a) : inPrefix(a, b);
}

/** As `ip` writes a route's destination. */
export function prefixLength(prefix: string): number {
  return Number(prefix.split('/')[1] ?? 128);
}
