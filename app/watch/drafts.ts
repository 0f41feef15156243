// A chain's sightings, made packets: told apart by connection, by time, and by what tells like ones apart.
import type { Connections } from './connections.ts';
import { overlapping, rangesSeen } from './ranges.ts';
import { Doubt } from './sightings.ts';
import { apartNs, TRANSIT_NS, byIdentification, byRests, byTurn, repeats } from './tell-apart.ts';
import { mayBeTranslated } from './translated.ts';
import { inTravelOrder, sortedRows, type TravelContext } from './travel-order.ts';

export interface Draft {
  /** In the order of travel. */
  readonly rows: readonly number[];
  /** Of TCP with payload, the range; null of others. */
  readonly range: { readonly sequence: number; readonly length: number } | null;
  /** Why nobody knows that all of them are of this packet; null: they are. */
  readonly ambiguous: string | null;
  /** Others are like it, and it is told from them by counting: who lost some has counted wrongly. */
  readonly counted: boolean;
  /** It was also seen under other addresses, or something like it was. */
  readonly elsewhere: boolean;
}

export interface Drafted {
  readonly drafts: readonly Draft[];
  /** Rows of packets that are to be looked at later, when all of them is there. */
  readonly later: readonly number[];
  /** Of those, what is to be remembered (`Doubt`) when the others are gone. */
  readonly doubted: readonly (readonly [row: number, doubt: number])[];
}

export interface Looked {
  /** Only packets that began before it; session time, ns. */
  readonly before: number;
  /** All that was seen before it is there. */
  readonly visible: number;
  /** How long one packet may take, ns. */
  readonly windowNs: number;
}

/** Connections of one identity that are compared with each other. */
export const MOST_PARTS = 16;

const SENT_AGAIN = 'another packet is like it, and which of them was lost cannot be told';

export function draftsOf(
  context: TravelContext,
  connections: Connections,
  rows: readonly number[],
  looked: Looked,
): Drafted {
  return new Drafting(context, looked).of(connections, rows);
}

class Drafting implements Drafted {
  readonly drafts: Draft[] = [];
  readonly later: number[] = [];
  readonly doubted: (readonly [row: number, doubt: number])[] = [];
  readonly #context: TravelContext;
  readonly #looked: Looked;

  constructor(context: TravelContext, looked: Looked) {
    this.#context = context;
    this.#looked = looked;
  }

  of(connections: Connections, rows: readonly number[]): this {
    const { sightings } = this.#context;
    const { at, ranged } = sightings;
    const seen: number[] = [];
    for (const row of rows) ((at[row] ?? 0) < this.#looked.visible ? seen : this.later).push(row);
    if (seen.length === 0) return this;
    const parts = byConnection(this.#context, connections, seen);
    const unseen = this.later.length;
    // So many are not compared: each may be any other.
    const isCrowd = parts.length > MOST_PARTS;
    let toldOf = 0;
    for (const part of parts) {
      const like = isCrowd ? [] : this.#elsewhere(connections, parts, part);
      const isElsewhere = isCrowd || like.length > 0 || part.some((row) => this.#has(row, Doubt.elsewhere));
      const told = this.drafts.length;
      const bunches = ranged[part[0] ?? 0] === 1 ? overlapping(sightings, part) : [part];
      for (const bunch of bunches) this.#bunch(bunch, isElsewhere);
      if (this.drafts.length === told) continue;
      toldOf += 1;
      for (const row of like) this.doubted.push([row, Doubt.elsewhere]);
    }
    if (isCrowd && toldOf > 0)
      for (const row of this.later.slice(unseen)) this.doubted.push([row, Doubt.elsewhere]);
    return this;
  }

  /** What may be the same behind or before a translation. */
  #elsewhere(
    connections: Connections,
    parts: readonly (readonly number[])[],
    part: readonly number[],
  ): readonly number[] {
    const { flow } = this.#context.sightings;
    const of = flow[part[0] ?? 0] ?? 0;
    return parts
      .filter(
        (other) =>
          other !== part &&
          !connections.areOpposite(of, flow[other[0] ?? 0] ?? 0) &&
          mayBeTranslated(this.#context, part, other),
      )
      .flat();
  }

  #has(row: number, doubt: number): boolean {
    return ((this.#context.sightings.doubts[row] ?? 0) & doubt) !== 0;
  }

  /** Packets that may be each other, by time. */
  #bunch(all: readonly number[], elsewhere: boolean): void {
    const { sightings } = this.#context;
    if (!this.#isDue(all)) return;
    const rows = this.#withoutEdge(all);
    if (!repeats(sightings, rows)) {
      this.#tell(rows, elsewhere, this.#isTangled(rows), false);
      return;
    }
    const isRange = sightings.ranged[rows[0] ?? 0] === 1;
    for (const like of isRange ? [rows] : byIdentification(sightings, rows))
      for (const group of byRests(this.#context, like)) this.#group(group, elsewhere);
  }

  /** What begins so late that some of it, by another clock, is not visible yet is not of what began before. */
  #withoutEdge(rows: readonly number[]): readonly number[] {
    const { at } = this.#context.sightings;
    const { visible } = this.#looked;
    const last = at[rows.at(-1) ?? 0] ?? 0;
    if (last < visible - TRANSIT_NS - this.#context.clocksNs()) return rows;
    const longest = apartNs(this.#context, rows);
    const edge = visible - longest;
    if (last <= edge || visible === Infinity) return rows;
    for (let index = rows.length - 1; index > 0; index -= 1) {
      const [before, from] = [at[rows[index - 1] ?? 0] ?? 0, at[rows[index] ?? 0] ?? 0];
      if (from < edge) break;
      if (from - before <= longest) continue;
      for (const row of rows.slice(index)) this.later.push(row);
      return rows.slice(0, index);
    }
    return rows;
  }

  #group(rows: readonly number[], elsewhere: boolean): void {
    if (!this.#isDue(rows)) return;
    const { at } = this.#context.sightings;
    const first = at[rows[0] ?? 0] ?? 0;
    const isEndless = (at[rows.at(-1) ?? 0] ?? 0) - first > this.#looked.windowNs;
    const now = isEndless ? this.#untilRest(rows, first) : rows;
    this.#tell(now, elsewhere, isEndless || this.#isTangled(rows), true);
    for (const row of rows.slice(now.length)) {
      this.later.push(row);
      this.doubted.push([row, Doubt.tangled]);
    }
  }

  /** Else it is for later. */
  #isDue(rows: readonly number[]): boolean {
    if ((this.#context.sightings.at[rows[0] ?? 0] ?? 0) < this.#looked.before) return true;
    for (const row of rows) this.later.push(row);
    return false;
  }

  #isTangled(rows: readonly number[]): boolean {
    return rows.some((row) => this.#has(row, Doubt.tangled));
  }

  /**
   * Of a stream of like packets that does not end, as much as lies before its longest rest in the window's second quarter: there it is
   * least likely that one is on its way.
   */
  #untilRest(rows: readonly number[], first: number): readonly number[] {
    const { at } = this.#context.sightings;
    const { windowNs } = this.#looked;
    let [cut, longest] = [rows.length, 0];
    for (let index = 1; index < rows.length; index += 1) {
      const [from, to] = [at[rows[index - 1] ?? 0] ?? 0, at[rows[index] ?? 0] ?? 0];
      if (from > first + windowNs / 2) break;
      if (from < first + windowNs / 4 || to - from <= longest) continue;
      [cut, longest] = [index, to - from];
    }
    return rows.slice(0, cut);
  }

  /** @param repeated some visit is there twice */
  #tell(rows: readonly number[], elsewhere: boolean, unsure: boolean, repeated: boolean): void {
    const context = this.#context;
    if (context.sightings.ranged[rows[0] ?? 0] === 1) {
      for (const range of rangesSeen(context, rows))
        this.drafts.push({
          rows: range.rows,
          range,
          ambiguous: unsure || range.ambiguous ? SENT_AGAIN : null,
          counted: range.counted,
          elsewhere,
        });
      return;
    }
    for (const packet of repeated
      ? byTurn(context.sightings, rows)
      : [{ rows, ambiguous: false, counted: false }])
      this.drafts.push({
        rows: inTravelOrder(context, packet.rows),
        range: null,
        ambiguous: unsure || packet.ambiguous ? SENT_AGAIN : null,
        counted: packet.counted,
        elsewhere,
      });
  }
}

/** By time, those of a connection together. What is of one time stands in an order that does not depend on who delivered first. */
export function byConnection(
  { sightings, visits }: TravelContext,
  connections: Connections,
  rows: readonly number[],
): readonly (readonly number[])[] {
  const { at, flow, visit, number } = sightings;
  const sorted = sortedRows(
    rows,
    (a, b) =>
      (at[a] ?? 0) - (at[b] ?? 0) ||
      visits.compare(visit[a] ?? 0, visit[b] ?? 0) ||
      (number[a] ?? 0) - (number[b] ?? 0),
  );
  const first = flow[sorted[0] ?? 0];
  if (sorted.every((row) => flow[row] === first)) return [sorted];
  const parts = new Map<number, number[]>();
  for (const row of sorted) {
    const connection = connections.of(flow[row] ?? 0);
    const part = parts.get(connection);
    if (part === undefined) parts.set(connection, [row]);
    else part.push(row);
  }
  return [...parts.values()];
}
