// Whether sightings of one identity under two tuples may be one packet before and behind a translation (DNAT, SNAT, MASQUERADE).
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import type { Connections } from './connections.ts';
import type { FlowTable } from './flow-table.ts';
import type { TravelContext } from './travel-order.ts';

/** @param parts sightings of one identity, those of a connection together */
export function noticeTranslations(
  context: TravelContext,
  connections: Connections,
  flows: FlowTable,
  parts: readonly (readonly number[])[],
): void {
  const { flow, keyA } = context.sightings;
  for (const [index, one] of parts.entries())
    for (const other of parts.slice(index + 1)) {
      const [a, b] = [flow[one[0] ?? 0] ?? 0, flow[other[0] ?? 0] ?? 0];
      if (connections.areOpposite(a, b)) continue;
      const [tuple, as] = [flows.tuple(a), flows.tuple(b)];
      const isTcp = tuple?.protocol === IpProtocol.tcp;
      const ofOneSocket = tuple?.source === as?.source && tuple?.sourcePort === as?.sourcePort;
      if (
        isTcp ? mayBeTranslated(context, one, other) : isTranslatedAtANode(context, one, other, ofOneSocket)
      )
        connections.alike(a, b, keyA[one[0] ?? 0] ?? 0, isTcp || ofOneSocket);
    }
}

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
 * packets have each their own beginning. Who sends both by one socket was seen to send the one only: then a bridge may have translated it,
 * which takes nothing of its time to live (br_netfilter).
 */
function isTranslatedAtANode(
  context: TravelContext,
  a: readonly number[],
  b: readonly number[],
  ofOneSocket: boolean,
): boolean {
  if (!mayBeTranslated(context, a, b)) return false;
  const { sightings, nodeOf } = context;
  const { visit, ttl, at } = sightings;
  const [most, other] = [highest(ttl, a), highest(ttl, b)];
  const isBridged = most === other;
  if (isBridged && !ofOneSocket) return false;
  const isBefore = isBridged ? earliest(at, a) <= earliest(at, b) : most > other;
  const [before, behind] = isBefore ? [a, b] : [b, a];
  const last = Math.min(...before.map((row) => ttl[row] ?? 0));
  const next = highest(ttl, behind);
  if (next === 0 || next > last || (next === last && !isBridged)) return false;
  const nodesAt = (rows: readonly number[], left: number): ReadonlySet<number> =>
    new Set(rows.filter((row) => ttl[row] === left).map((row) => nodeOf(visit[row] ?? 0)));
  const here = nodesAt(before, last);
  return [...nodesAt(behind, next)].some((node) => here.has(node));
}

function highest(ttl: Uint8Array, rows: readonly number[]): number {
  return Math.max(...rows.map((row) => ttl[row] ?? 0));
}

function earliest(at: Float64Array, rows: readonly number[]): number {
  return Math.min(...rows.map((row) => at[row] ?? 0));
}
