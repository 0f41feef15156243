// In which order one packet was seen, without trusting clocks of different nodes: each router takes one from its TTL, one node's times are of
// one clock, and a node that sends it was before the one that receives it.
import type { Way } from './model.ts';
import type { Sightings } from './sightings.ts';
import type { Visits } from './visits.ts';

export interface TravelContext {
  readonly sightings: Sightings;
  readonly visits: Visits;
  /** Of a visit, the node whose clock it has. */
  readonly nodeOf: (visit: number) => number;
  /** ns by which session time may be off for a node. */
  readonly plusMinus: (node: number) => number;
  /** ns by which two nodes' clocks may be apart at most. */
  readonly clocksNs: () => number;
}

/** Rows of one packet, in the order of its travel. */
export function inTravelOrder(context: TravelContext, rows: readonly number[]): readonly number[] {
  const { ttl } = context.sightings;
  const byTtl = sortedRows(rows, (a, b) => (ttl[b] ?? 0) - (ttl[a] ?? 0) || byTime(context, a, b));
  for (let from = 0; from < byTtl.length;) {
    let to = from + 1;
    while (to < byTtl.length && ttl[byTtl[to] ?? 0] === ttl[byTtl[from] ?? 0]) to += 1;
    if (to - from > 1) acrossNodes(context, byTtl, from, to);
    from = to;
  }
  return byTtl;
}

/** What one node saw in one microsecond, in the order of the way that it was to go: nothing else tells a bridge from its port. */
export function alongWay(
  { sightings, nodeOf }: TravelContext,
  rows: readonly number[],
  { visits }: Way,
): readonly number[] {
  const { at, ttl, visit } = sightings;
  const isTied = (a: number, b: number): boolean =>
    at[a] === at[b] && ttl[a] === ttl[b] && nodeOf(visit[a] ?? 0) === nodeOf(visit[b] ?? 0);
  if (!rows.some((row, index) => index > 0 && isTied(rows[index - 1] ?? 0, row))) return rows;
  const placeOf = (row: number): number => visits.findIndex((one) => one.visit === visit[row]);
  const ordered = [...rows];
  for (let index = 1; index < ordered.length; index += 1)
    for (let to = index; to > 0; to -= 1) {
      const [before, row] = [ordered[to - 1] ?? 0, ordered[to] ?? 0];
      if (!isTied(before, row) || placeOf(row) < 0 || placeOf(before) <= placeOf(row)) break;
      [ordered[to - 1], ordered[to]] = [row, before];
    }
  return ordered;
}

/** Rows that a sort would be more costly for than they are worth; most are in order already. */
const FEW = 16;

export function sortedRows(rows: readonly number[], compare: (a: number, b: number) => number): number[] {
  const sorted = rows.slice();
  if (sorted.length > FEW) return sorted.sort(compare);
  for (let index = 1; index < sorted.length; index += 1) {
    const row = sorted[index] ?? 0;
    let at = index;
    for (; at > 0 && compare(sorted[at - 1] ?? 0, row) > 0; at -= 1) sorted[at] = sorted[at - 1] ?? 0;
    sorted[at] = row;
  }
  return sorted;
}

/**
 * At one microsecond a packet leaves one namespace before it enters the next, and enters one before it leaves it.
 */
function byTime({ sightings, visits }: TravelContext, a: number, b: number): number {
  const apart = (sightings.at[a] ?? 0) - (sightings.at[b] ?? 0);
  if (apart !== 0) return apart;
  const [one, other] = [sightings.visit[a] ?? 0, sightings.visit[b] ?? 0];
  const [from, to] = [visits.at(one), visits.at(other)];
  if (from === null || to === null || from.way === to.way) return visits.compare(one, other);
  const leavesFirst = from.place !== to.place;
  return (from.way === 'out') === leavesFirst ? -1 : 1;
}

/** Rows of one TTL, by time: a node's stay together, that of the sender first. */
function acrossNodes(context: TravelContext, all: number[], from: number, to: number): void {
  const { sightings, visits, nodeOf } = context;
  const first = nodeOf(sightings.visit[all[from] ?? 0] ?? 0);
  if (to - from === 2) {
    const [one, other] = [all[from] ?? 0, all[from + 1] ?? 0];
    const sent = (row: number): boolean => visits.at(sightings.visit[row] ?? 0)?.way === 'out';
    if (nodeOf(sightings.visit[other] ?? 0) === first || sent(one) || !sent(other)) return;
    [all[from], all[from + 1]] = [other, one];
    return;
  }
  let isOne = true;
  for (let at = from + 1; at < to; at += 1)
    if (nodeOf(sightings.visit[all[at] ?? 0] ?? 0) !== first) isOne = false;
  if (isOne) return;
  const rows = all.slice(from, to);
  const byNode = new Map<number, number[]>();
  for (const row of rows) {
    const node = nodeOf(sightings.visit[row] ?? 0);
    const own = byNode.get(node);
    if (own === undefined) byNode.set(node, [row]);
    else own.push(row);
  }
  const sends = (of: readonly number[]): boolean => {
    const ways = [of[0], of.at(-1)].map((row) => visits.at(sightings.visit[row ?? 0] ?? 0)?.way);
    return ways[0] === 'out' || (ways[0] !== ways[1] && ways[1] === 'out');
  };
  const ordered = [...byNode.values()]
    .map((own) => ({ own, sends: sends(own), row: own[0] ?? 0 }))
    .sort((a, b) => Number(b.sends) - Number(a.sends) || byTime(context, a.row, b.row))
    .flatMap(({ own }) => own);
  all.splice(from, to - from, ...ordered);
}
