// Whether sightings of one identity under two tuples may be one packet before and behind a translation (DNAT, SNAT, MASQUERADE).
import type { TravelContext } from './travel-order.ts';

/** They have no visit in common, and one may have gone on as the other: what was translated has been through a router, or comes from it. */
export function mayBeTranslated(
  { sightings }: TravelContext,
  a: readonly number[],
  b: readonly number[],
): boolean {
  const { visit, ttl } = sightings;
  const visits = new Set(a.map((row) => visit[row]));
  if (b.some((row) => visits.has(visit[row]))) return false;
  const [one, other] = [a, b].map((rows) => rows.map((row) => ttl[row] ?? 0));
  if (one === undefined || other === undefined) return false;
  return Math.min(...one) >= Math.max(...other) || Math.min(...other) >= Math.max(...one);
}

/**
 * One node saw both, the one as it came and the other as it went on, a hop less to live: so a translating router shows. Two senders of like
 * packets have each their own beginning.
 */
export function isTranslatedAtANode(
  context: TravelContext,
  a: readonly number[],
  b: readonly number[],
): boolean {
  if (!mayBeTranslated(context, a, b)) return false;
  const { sightings, nodeOf } = context;
  const { visit, ttl } = sightings;
  const [before, behind] = highest(ttl, a) > highest(ttl, b) ? [a, b] : [b, a];
  const last = Math.min(...before.map((row) => ttl[row] ?? 0));
  const next = highest(ttl, behind);
  if (next >= last || next === 0) return false;
  const nodesAt = (rows: readonly number[], at: number): ReadonlySet<number> =>
    new Set(rows.filter((row) => ttl[row] === at).map((row) => nodeOf(visit[row] ?? 0)));
  const here = nodesAt(before, last);
  return [...nodesAt(behind, next)].some((node) => here.has(node));
}

function highest(ttl: Uint8Array, rows: readonly number[]): number {
  return Math.max(...rows.map((row) => ttl[row] ?? 0));
}
