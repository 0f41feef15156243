// Sightings of one identity and one connection, told apart: which of them are of one packet. As a rule each visit has one, and all are. Where
// a visit has several – the same packet sent again, a constant payload with identification 0 – IPv4's identification tells them apart, or
// time does, as far as clocks are known, or their order where every visit has as many. Where nothing does, nobody knows which of them was
// lost: they are ambiguous.
import type { Sightings } from './sightings.ts';
import { inTravelOrder, type TravelContext } from './travel-order.ts';

export interface SamePacket {
  /** Rows, a visit once. */
  readonly rows: readonly number[];
  /** Another assignment is as good. */
  readonly ambiguous: boolean;
  /** Others are like it, and it is told from them by counting. */
  readonly counted: boolean;
}

/** ns that a packet takes from one end to the other at most, as a rule: retransmissions come later. */
export const TRANSIT_NS = 100_000_000;
/** Rows that are compared with each other; more of them are looked up. */
const FEW = 12;

/** ns: sightings farther apart are not of one packet, as a rule. */
export function apartNs({ sightings, nodeOf, plusMinus }: TravelContext, rows: readonly number[]): number {
  const first = nodeOf(sightings.visit[rows[0] ?? 0] ?? 0);
  let [widest, several] = [plusMinus(first), false];
  for (const row of rows) {
    const node = nodeOf(sightings.visit[row] ?? 0);
    if (node === first) continue;
    several = true;
    widest = Math.max(widest, plusMinus(node));
  }
  return TRANSIT_NS + (several ? 2 * widest : 0);
}

/**
 * Where a visit comes back: the visit itself; but a packet with an identification of its own that is there again with another TTL goes round
 * in a loop.
 */
function spotOf({ visit, detail, ttl }: Sightings, row: number): number {
  return (visit[row] ?? 0) * 256 + (detail[row] === 0 ? 0 : (ttl[row] ?? 0));
}

/** Some visit is there twice. */
export function repeats(sightings: Sightings, rows: readonly number[]): boolean {
  if (rows.length > FEW) return new Set(rows.map((row) => spotOf(sightings, row))).size < rows.length;
  for (let a = 1; a < rows.length; a += 1)
    for (let b = 0; b < a; b += 1)
      if (spotOf(sightings, rows[a] ?? 0) === spotOf(sightings, rows[b] ?? 0)) return true;
  return false;
}

/** By IPv4's identification, if that stays the same on the way. */
export function byIdentification(
  sightings: Sightings,
  rows: readonly number[],
): readonly (readonly number[])[] {
  const parts = parted(rows, (row) => sightings.detail[row] ?? 0);
  // Who rewrites identifications would make a stray of each sighting.
  return parts.length > 1 && sameVisits(sightings, parts) ? parts : [rows];
}

/**
 * By time: cut where nothing was seen for so long that what comes then is another packet. Where more comes out than went in, some of it went
 * in before the cut and was held up.
 */
export function byRests(context: TravelContext, rows: readonly number[]): readonly (readonly number[])[] {
  const { sightings } = context;
  const longest = apartNs(context, rows);
  const bunches: number[][] = [];
  let last = -Infinity;
  for (const row of rows) {
    const time = sightings.at[row] ?? 0;
    if (time - last > longest) bunches.push([row]);
    else bunches.at(-1)?.push(row);
    last = time;
  }
  if (bunches.length === 1) return bunches;
  const visits = parted(rows, (row) => sightings.visit[row] ?? 0);
  const inOrder = inTravelOrder(
    context,
    visits.map((own) => own[0] ?? 0),
  ).map((row) => sightings.visit[row] ?? 0);
  const whole: number[][] = [];
  for (const bunch of bunches) {
    let all = bunch;
    for (let before = whole.at(-1); before !== undefined; before = whole.at(-1)) {
      if (!moreCameOut(sightings, inOrder, all)) break;
      whole.pop();
      before.push(...all);
      all = before;
    }
    whole.push(all);
  }
  return whole;
}

function moreCameOut(sightings: Sightings, visits: readonly number[], rows: readonly number[]): boolean {
  const amounts = new Map<number, number>();
  for (const row of rows) {
    const visit = sightings.visit[row] ?? 0;
    const amount = sightings.ranged[row] === 1 ? (sightings.length[row] ?? 0) : 1;
    amounts.set(visit, (amounts.get(visit) ?? 0) + amount);
  }
  let least = Infinity;
  for (const visit of visits) {
    const amount = amounts.get(visit) ?? 0;
    if (amount > least) return true;
    least = Math.min(least, amount);
  }
  return false;
}

/** The first of each visit belong together, then the second. */
export function byTurn(sightings: Sightings, rows: readonly number[]): readonly SamePacket[] {
  const spots = parted(rows, (row) => spotOf(sightings, row));
  const most = Math.max(...spots.map((one) => one.length));
  const ambiguous = most > 1 && spots.some((one) => one.length !== most);
  return Array.from({ length: most }, (_, turn) => ({
    rows: spots.flatMap((one) => one[turn] ?? []),
    ambiguous,
    counted: most > 1,
  }));
}

/** Each part has been to at least one visit with the first: identifications stay the same on the way. */
function sameVisits(sightings: Sightings, parts: readonly (readonly number[])[]): boolean {
  const visitsOf = (rows: readonly number[]): Set<number> =>
    new Set(rows.map((row) => sightings.visit[row] ?? 0));
  const [first, ...others] = parts.map(visitsOf);
  return first !== undefined && others.every((one) => [...one].some((visit) => first.has(visit)));
}

/** In the order in which each part's first comes. */
export function parted(rows: readonly number[], by: (row: number) => number): number[][] {
  const parts = new Map<number, number[]>();
  for (const row of rows) {
    const key = by(row);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [row]);
    else part.push(row);
  }
  return [...parts.values()];
}
