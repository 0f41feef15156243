// What has ended stays to be looked back at, up to a bound.
import type { Lifetime } from './model.ts';
import { isBefore } from './identity.ts';

/** Ended Pods kept, and ended things of each other table: about an hour of a cluster that replaces a Pod every two seconds. */
export const KEPT_ENDED = 2_000;
/** A Pod ends with its namespace and three devices: both ends of its veth pair and its lo. */
const DEVICES_A_POD = 3;
export const KEPT_ENDED_DEVICES = KEPT_ENDED * DEVICES_A_POD;
/** The Pod and its host end, each coming and going: an hour as well. */
export const KEPT_EVENTS = KEPT_ENDED * 4;

/** `table` without the longest ended beyond the bound. */
export function boundHistory<T extends Lifetime & { readonly id: string }>(
  table: Record<string, T>,
  bound: number,
): Record<string, T> {
  const ended = Object.values(table).flatMap((one) =>
    one.until === null ? [] : [{ id: one.id, until: one.until }],
  );
  if (ended.length <= bound) return table;
  ended.sort((a, b) => (isBefore(a.until, b.until) ? -1 : isBefore(b.until, a.until) ? 1 : 0));
  const gone = new Set(ended.slice(0, ended.length - bound).map(({ id }) => id));
  return Object.fromEntries(Object.entries(table).filter(([id]) => !gone.has(id)));
}
