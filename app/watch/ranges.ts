// TCP's payload, which offloading cuts anew at each point (TSO, GSO, GRO): ranges of the sequence that were seen, or not, at each visit. A
// trail is a range of what was sent at once, as far as all of it has the same fate.
import { byTransmission, type IdentifiedPiece } from './by-transmission.ts';
import type { Sightings } from './sightings.ts';
import { parted } from './tell-apart.ts';
import { inTravelOrder, type TravelContext } from './travel-order.ts';

export interface RangeSeen {
  readonly sequence: number;
  readonly length: number;
  /** In the order of travel, a visit once: the row in which its first byte was seen there. */
  readonly rows: readonly number[];
  /** Sent again so soon that nobody can tell which of them was lost. */
  readonly ambiguous: boolean;
  /** Sent again, and told from the one before by counting. */
  readonly counted: boolean;
}

interface Piece extends IdentifiedPiece {
  readonly row: number;
  /** Of its visit, by time. */
  readonly order: number;
  /** From the group's first sequence number on: that wraps, a difference does not. */
  readonly from: number;
  readonly to: number;
}

/** Pieces that do not overlap, in order of the sequence. */
type Line = Piece[];

/** What is sent more often than this in a few ms is told as one. */
const MOST_TURNS = 32;

/** Rows that have bytes in common, directly or by others between them: each by time, as they come. */
export function overlapping(sightings: Sightings, rows: readonly number[]): readonly (readonly number[])[] {
  const { sequence, length } = sightings;
  const base = sequence[rows[0] ?? 0] ?? 0;
  const fromOf = (row: number): number => ((sequence[row] ?? 0) - base) | 0;
  const ordinal = new Map(rows.map((row, index) => [row, index]));
  const groups: number[][] = [];
  let end = -Infinity;
  for (const row of [...rows].sort((a, b) => fromOf(a) - fromOf(b))) {
    const from = fromOf(row);
    if (from >= end) groups.push([row]);
    else groups.at(-1)?.push(row);
    end = Math.max(end, from + (length[row] ?? 0));
  }
  for (const group of groups) group.sort((a, b) => (ordinal.get(a) ?? 0) - (ordinal.get(b) ?? 0));
  return groups;
}

/** @param rows of one connection and one TSval, by time */
export function rangesSeen(context: TravelContext, rows: readonly number[]): readonly RangeSeen[] {
  const { sequence, length, visit, detail } = context.sightings;
  const base = sequence[rows[0] ?? 0] ?? 0;
  const byVisit = new Map(parted(rows, (row) => visit[row] ?? 0).map((own) => [own[0] ?? 0, own]));
  const visits = inTravelOrder(context, [...byVisit.keys()]).map((first) =>
    turnsOf(
      (byVisit.get(first) ?? []).map((row, order) => {
        const from = ((sequence[row] ?? 0) - base) | 0;
        return { row, order, from, to: from + (length[row] ?? 0), identification: detail[row] ?? 0 };
      }),
    ),
  );
  return cut(visits).map(({ from, to, rows: holders, isCounted, isSure }) => ({
    sequence: (base + from) >>> 0,
    length: to - from,
    rows: holders,
    ambiguous: !isSure,
    counted: isCounted,
  }));
}

/** What was seen at one visit: pieces that do not overlap, and behind them those that were seen there before. */
function turnsOf(pieces: readonly Piece[]): readonly Line[] {
  const turns: Line[] = [];
  for (const piece of pieces) {
    const fits = turns.some((line) => {
      const at = placeOf(line, piece.from);
      if ((line[at - 1]?.to ?? -Infinity) > piece.from || (line[at]?.from ?? Infinity) < piece.to)
        return false;
      line.splice(at, 0, piece);
      return true;
    });
    if (!fits && turns.length < MOST_TURNS) turns.push([piece]);
  }
  return turns;
}

/** Where in a line a piece that begins there is, or would be. */
function placeOf(line: Line, from: number): number {
  let [low, high] = [0, line.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((line[middle]?.from ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Cut {
  readonly from: number;
  to: number;
  readonly rows: readonly number[];
  /** The piece of the first visit that saw it. */
  readonly owner: number;
  /** Of each visit, whether it saw it. */
  readonly fate: readonly boolean[];
  /** How often its bytes were seen where they were seen most. */
  readonly times: number;
  /** Of several it is known which is which: as many were seen everywhere, or something tells them apart. */
  readonly isSure: boolean;
  /** By their number. */
  readonly isCounted: boolean;
}

/** @param visits in the order of the way */
function cut(visits: readonly (readonly Line[])[]): readonly Cut[] {
  const cuts: Cut[] = [];
  /** Of each turn, the cut that may go on. */
  const last: Cut[] = [];
  const cursors = visits.map((lines) => lines.map((line) => new Cursor(line)));
  let from = -Infinity;
  for (const to of edgesOf(visits.flat())) {
    const begin = from;
    from = to;
    if (begin === -Infinity) continue;
    const seen = cursors.map((lines) => piecesAt(lines, begin));
    const times = Math.max(...seen.map((pieces) => pieces.length));
    const isEven = seen.every((pieces) => pieces.length === 0 || pieces.length === times);
    const told = isEven ? null : byTransmission(seen, begin);
    const isSure = isEven || told !== null;
    const isCounted = times > 1 && told === null;
    for (let turn = 0; turn < times; turn += 1) {
      const holders = (told ?? seen).map((pieces) => pieces[turn] ?? null);
      const owner = holders.find((piece) => piece !== null)?.row ?? 0;
      const fate = holders.map((piece) => piece !== null);
      const before = last[turn];
      if (before !== undefined && goesOn(before, { from: begin, owner, fate, times, isSure, isCounted }))
        before.to = to;
      else {
        const rows = holders.flatMap((piece) => piece?.row ?? []);
        const next = { from: begin, to, owner, fate, times, isSure, isCounted, rows };
        last[turn] = next;
        cuts.push(next);
      }
    }
  }
  return cuts;
}

function goesOn(cut: Cut, next: Omit<Cut, 'to' | 'rows'>): boolean {
  return (
    cut.to === next.from &&
    cut.owner === next.owner &&
    cut.times === next.times &&
    cut.isSure === next.isSure &&
    cut.isCounted === next.isCounted &&
    cut.fate.every((one, at) => one === next.fate[at])
  );
}

/** Which piece of a line a byte is in; asked for one byte after the other. */
class Cursor {
  readonly #line: Line;
  #next = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  at(byte: number): Piece | null {
    while ((this.#line[this.#next]?.to ?? Infinity) <= byte) this.#next += 1;
    const piece = this.#line[this.#next];
    return piece !== undefined && piece.from <= byte ? piece : null;
  }
}

/** The earliest first. */
function piecesAt(lines: readonly Cursor[], byte: number): readonly Piece[] {
  const pieces = lines.flatMap((line) => line.at(byte) ?? []);
  return pieces.length < 2 ? pieces : pieces.sort((a, b) => a.order - b.order);
}

function edgesOf(lines: readonly Line[]): readonly number[] {
  const edges = new Set<number>();
  for (const line of lines)
    for (const { from, to } of line) {
      edges.add(from);
      edges.add(to);
    }
  return [...edges].sort((a, b) => a - b);
}
