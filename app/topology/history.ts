// What has ended stays to be looked back at, up to a bound.
import type { Lifetime } from './model.ts';
import { isBefore } from './identity.ts';

/** Ended things kept a table: about an hour of a cluster that replaces a Pod every two seconds. */
export const KEPT_ENDED = 2_000;
export const KEPT_EVENTS = 500;

/** Takes the longest ended out of `table` (in place) beyond the bound, and gives it back. */
export function boundHistory<T extends Lifetime & { readonly id: string }>(
  table: Record<string, T>,
): Record<string, T> {
  const ended = Object.values(table).flatMap((one) =>
    one.until === null ? [] : [{ id: one.id, until: one.until }],
  );
  if (ended.length <= KEPT_ENDED) return table;
  ended.sort((a, b) => (isBefore(a.until, b.until) ? -1 : isBefore(b.until, a.until) ? 1 : 0));
  const gone = new Set(ended.slice(0, ended.length - KEPT_ENDED).map(({ id }) => id));
  return Object.fromEntries(Object.entries(table).filter(([id]) => !gone.has(id)));
}
