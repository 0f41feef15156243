// Sightings of one identity and one connection, told apart: which of them are of one packet. As a rule each visit has one, and all are. Where
// a visit has several – the same packet sent again, a constant payload with identification 0 – IPv4's identification tells them apart, or their
// order does where every visit has as many. Where neither does, nobody knows which of them was lost: they are ambiguous.
import type { Sightings } from './sightings.ts';

export interface SamePacket {
  /** Rows, a visit once. */
  readonly rows: readonly number[];
  /** Another assignment is as good. */
  readonly ambiguous: boolean;
}

/** ns: between two of one visit that are so far apart the others are each nearer to one of them. */
const APART_NS = 1_000_000_000;

/** @param rows by time */
export function tellApart(sightings: Sightings, rows: readonly number[]): readonly SamePacket[] {
  if (!repeats(sightings, rows)) return [{ rows, ambiguous: false }];
  const byDetail = parted(rows, (row) => sightings.detail[row] ?? 0);
  // Who rewrites identifications would make a stray of each sighting.
  if (byDetail.length > 1 && sameVisits(sightings, byDetail))
    return byDetail.flatMap((part) => inOrder(sightings, part));
  return inOrder(sightings, rows);
}

function inOrder(sightings: Sightings, rows: readonly number[]): readonly SamePacket[] {
  if (!repeats(sightings, rows)) return [{ rows, ambiguous: false }];
  return stretches(sightings, rows).flatMap((stretch) => byTurn(sightings, stretch));
}

/** The first of each visit belong together, then the second. */
function byTurn(sightings: Sightings, rows: readonly number[]): readonly SamePacket[] {
  const visits = parted(rows, (row) => sightings.visit[row] ?? 0);
  const most = Math.max(...visits.map((one) => one.length));
  const ambiguous = most > 1 && visits.some((one) => one.length !== most);
  return Array.from({ length: most }, (_, turn) => ({
    rows: visits.flatMap((one) => one[turn] ?? []),
    ambiguous,
  }));
}

/**
 * Cut where nothing was seen for so long that what comes then is another packet: it begins where the one before did. What begins elsewhere
 * was held up on its way.
 */
function stretches(sightings: Sightings, rows: readonly number[]): readonly (readonly number[])[] {
  const all: number[][] = [];
  let last: number | null = null;
  const first = sightings.visit[rows[0] ?? 0] ?? 0;
  for (const row of rows) {
    const time = sightings.at[row] ?? 0;
    const isNew = last === null || (time - last > APART_NS && sightings.visit[row] === first);
    if (isNew) all.push([row]);
    else all.at(-1)?.push(row);
    last = time;
  }
  return all;
}

/** Some visit is there twice. */
export function repeats(sightings: Sightings, rows: readonly number[]): boolean {
  for (let a = 1; a < rows.length; a += 1)
    for (let b = 0; b < a; b += 1)
      if (sightings.visit[rows[a] ?? 0] === sightings.visit[rows[b] ?? 0]) return true;
  return false;
}

/** Each part has been to at least one visit with every other: identifications stay the same on the way. */
function sameVisits(sightings: Sightings, parts: readonly (readonly number[])[]): boolean {
  const visitsOf = (rows: readonly number[]): Set<number> =>
    new Set(rows.map((row) => sightings.visit[row] ?? 0));
  const [first, ...others] = parts.map(visitsOf);
  return first !== undefined && others.every((one) => [...one].some((visit) => first.has(visit)));
}

/** In the order in which each part's first comes. */
function parted(rows: readonly number[], by: (row: number) => number): number[][] {
  const parts = new Map<number, number[]>();
  for (const row of rows) {
    const key = by(row);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [row]);
    else part.push(row);
  }
  return [...parts.values()];
}
