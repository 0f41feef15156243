// In which order one packet was seen, without trusting clocks of different nodes: each router takes one from its TTL, one node's times are of
// one clock, and a node that sends it was before the one that receives it.
import type { Sightings } from './sightings.ts';
import type { Visits } from './visits.ts';

export interface TravelContext {
  readonly sightings: Sightings;
  readonly visits: Visits;
  /** Of a visit, the node whose clock it has. */
  readonly nodeOf: (visit: number) => number;
}

/** Rows of one packet, in the order of its travel. */
export function inTravelOrder(context: TravelContext, rows: readonly number[]): readonly number[] {
  const { ttl, at } = context.sightings;
  const byTtl = [...rows].sort((a, b) => (ttl[b] ?? 0) - (ttl[a] ?? 0) || (at[a] ?? 0) - (at[b] ?? 0));
  const ordered: number[] = [];
  for (let from = 0; from < byTtl.length;) {
    let to = from + 1;
    while (to < byTtl.length && ttl[byTtl[to] ?? 0] === ttl[byTtl[from] ?? 0]) to += 1;
    ordered.push(...acrossNodes(context, byTtl.slice(from, to)));
    from = to;
  }
  return ordered;
}

/** Which of two rows comes first. */
export function travelOrder(context: TravelContext, a: number, b: number): number {
  const [first] = inTravelOrder(context, [a, b]);
  return a === b ? 0 : first === a ? -1 : 1;
}

/** Rows of one TTL, by time: a node's stay together, that of the sender first. */
function acrossNodes(
  { sightings, visits, nodeOf }: TravelContext,
  rows: readonly number[],
): readonly number[] {
  if (rows.length < 2) return rows;
  const byNode = new Map<number, number[]>();
  for (const row of rows) {
    const node = nodeOf(sightings.visit[row] ?? 0);
    const own = byNode.get(node);
    if (own === undefined) byNode.set(node, [row]);
    else own.push(row);
  }
  if (byNode.size === 1) return rows;
  const sends = (of: readonly number[]): boolean => {
    const ways = [of[0], of.at(-1)].map((row) => visits.at(sightings.visit[row ?? 0] ?? 0)?.way);
    return ways[0] === 'out' || (ways[0] !== ways[1] && ways[1] === 'out');
  };
  return [...byNode.values()]
    .map((own) => ({ own, sends: sends(own), at: sightings.at[own[0] ?? 0] ?? 0 }))
    .sort((a, b) => Number(b.sends) - Number(a.sends) || a.at - b.at)
    .flatMap(({ own }) => own);
}
