// TCP's payload, which offloading cuts anew at each point (TSO, GSO, GRO): ranges of the sequence that were seen, or not, at each visit. A
// trail is a range of what was sent at once, as far as all of it has the same fate.
import type { Sightings } from './sightings.ts';

export interface RangeSeen {
  readonly sequence: number;
  readonly length: number;
  /** A visit once: the row in which its first byte was seen there. */
  readonly rows: readonly number[];
  /** Sent again so soon that nobody can tell which of them was lost. */
  readonly ambiguous: boolean;
}

interface Piece {
  readonly row: number;
  /** From the group's first sequence number on: that wraps, a difference does not. */
  readonly from: number;
  readonly to: number;
}

/** What was seen at one visit: pieces that do not overlap, and behind them those that were seen there before. */
type Turns = Piece[][];

/**
 * @param rows of one connection and one TSval, by time
 * @param order which of two visits, by a row of each, comes first on the way
 */
export function rangesSeen(
  sightings: Sightings,
  rows: readonly number[],
  order: (a: number, b: number) => number,
): readonly RangeSeen[] {
  const base = sightings.sequence[rows[0] ?? 0] ?? 0;
  const byVisit = new Map<number, Turns>();
  for (const row of rows) {
    const from = ((sightings.sequence[row] ?? 0) - base) | 0;
    const visit = sightings.visit[row] ?? 0;
    const turns = byVisit.get(visit);
    const piece = { row, from, to: from + (sightings.length[row] ?? 0) };
    if (turns === undefined) byVisit.set(visit, [[piece]]);
    else addPiece(turns, piece);
  }
  const visits = [...byVisit.values()].sort((a, b) => order(a[0]?.[0]?.row ?? 0, b[0]?.[0]?.row ?? 0));
  const most = Math.max(...visits.map((turns) => turns.length));
  return Array.from({ length: most }, (_, turn) => turn).flatMap((turn) =>
    cut(visits.map((turns) => sorted(turns[turn] ?? []))).map(({ from, to, rows: seen }) => ({
      sequence: (base + from) >>> 0,
      length: to - from,
      rows: seen,
      ambiguous: most > 1 && !sameTimes(visits, from),
    })),
  );
}

function addPiece(turns: Turns, piece: Piece): void {
  const turn = turns.find((pieces) => pieces.every(({ from, to }) => to <= piece.from || from >= piece.to));
  if (turn === undefined) turns.push([piece]);
  else turn.push(piece);
}

function sorted(pieces: readonly Piece[]): readonly Piece[] {
  return [...pieces].sort((a, b) => a.from - b.from);
}

interface Cut {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly number[];
}

/** @param visits pieces in order of the sequence, of the first visit of the way first */
function cut(visits: readonly (readonly Piece[])[]): readonly Cut[] {
  return visits.flatMap((pieces, at) => {
    const [before, behind] = [visits.slice(0, at), visits.slice(at + 1)];
    return pieces.flatMap((piece) =>
      without(piece, before.flat()).flatMap((range) => byFate(piece, range, behind)),
    );
  });
}

/** What is left of a piece that no visit before has seen. */
function without(piece: Piece, seen: readonly Piece[]): readonly { from: number; to: number }[] {
  let left = [{ from: piece.from, to: piece.to }];
  for (const { from, to } of seen) {
    if (to <= piece.from || from >= piece.to) continue;
    left = left.flatMap((range) =>
      [
        { from: range.from, to: Math.min(range.to, from) },
        { from: Math.max(range.from, to), to: range.to },
      ].filter((part) => part.from < part.to),
    );
  }
  return left;
}

function byFate(
  piece: Piece,
  { from, to }: { from: number; to: number },
  behind: readonly (readonly Piece[])[],
): readonly Cut[] {
  const near = behind.map((pieces) => pieces.filter((one) => one.to > from && one.from < to));
  const edges = new Set([from, to]);
  for (const one of near.flat()) {
    if (one.from > from) edges.add(one.from);
    if (one.to < to) edges.add(one.to);
  }
  const points = [...edges].sort((a, b) => a - b);
  const cuts: { from: number; to: number; rows: number[]; fate: string }[] = [];
  for (const [index, begin] of points.entries()) {
    const end = points[index + 1];
    if (end === undefined) break;
    const holders = near.map((pieces) => pieces.find((one) => one.from <= begin && one.to >= end));
    const fate = holders.map((one) => (one === undefined ? '-' : '+')).join('');
    const last = cuts.at(-1);
    if (last?.fate === fate) last.to = end;
    else
      cuts.push({
        from: begin,
        to: end,
        fate,
        rows: [piece.row, ...holders.flatMap((one) => one?.row ?? [])],
      });
  }
  return cuts;
}

/** Each visit that has seen the byte has done so as often. */
function sameTimes(visits: readonly Turns[], byte: number): boolean {
  const times = visits
    .map((turns) => turns.filter((pieces) => pieces.some(({ from, to }) => from <= byte && to > byte)).length)
    .filter((count) => count > 0);
  return times.every((count) => count === times[0]);
}
