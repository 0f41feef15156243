// Which ways need not be followed anew after a failure: nothing that it changes is asked for on them. All that a kernel looks up about a
// packet are its ends, before and after translation and those of what carries it, and its next hops; of a node that only other routes than
// theirs have left, it decides as before.
import { addressesOf, type Way } from './fate.ts';
import type { Afterwards } from './failures.ts';
import type { Pair } from '../paths/pair.ts';
import { prefixesAround } from './prefixes-around.ts';

export function untouchedBy({
  changed,
  rebuilt,
  prefixes,
}: Afterwards): (pair: Pick<Pair, 'to'>, before: Way) => boolean {
  const within = prefixesAround([...prefixes]);
  const known = new Map<string, boolean>();
  const isMet = (address: string): boolean => {
    const met = known.get(address) ?? within(address) !== '';
    known.set(address, met);
    return met;
  };
  return ({ to }, before) => {
    const passed = [...before.netns];
    if (!passed.some((one) => changed.has(one))) return true;
    return !passed.some((one) => rebuilt.has(one)) && ![to, ...addressesOf(before)].some(isMet);
  };
}
