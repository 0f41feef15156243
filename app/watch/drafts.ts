// A chain's sightings, made packets: told apart by connection, by time, and by what tells like ones apart.
import type { Connections } from './connections.ts';
import { rangesSeen } from './ranges.ts';
import type { Sightings } from './sightings.ts';
import { repeats, tellApart } from './tell-apart.ts';
import { inTravelOrder, travelOrder, type TravelContext } from './travel-order.ts';

export interface Draft {
  /** In the order of travel. */
  readonly rows: readonly number[];
  /** Of TCP with payload, the range; null of others. */
  readonly range: { readonly sequence: number; readonly length: number } | null;
  /** Why nobody knows that all of them are of this packet; null: they are. */
  readonly ambiguous: string | null;
  /** It was also seen under other addresses, or something like it was. */
  readonly elsewhere: boolean;
}

export interface Drafted {
  readonly drafts: readonly Draft[];
  /** Rows of packets that are to be looked at later, when all of them is there. */
  readonly later: readonly number[];
}

const SENT_AGAIN = 'another packet is like it, and which of them was lost cannot be told';

/** @param windowNs how long one packet may take @param before only packets that began before it; session time, ns */
export function draftsOf(
  context: TravelContext,
  connections: Connections,
  rows: readonly number[],
  { windowNs, before }: { readonly windowNs: number; readonly before: number },
): Drafted {
  const { sightings } = context;
  const parts = byConnection(sightings, connections, rows);
  const later: number[] = [];
  const drafts = parts.flatMap((part): Draft[] => {
    const { now, rest } = within(sightings, part, windowNs, before);
    for (const row of rest) later.push(row);
    if (now.length === 0) return [];
    const elsewhere =
      parts.length > 1 && parts.some((other) => other !== part && areApart(sightings, part, other));
    if (sightings.ranged[now[0] ?? 0] === 1)
      return rangesSeen(sightings, now, (a, b) => travelOrder(context, a, b)).map((range) => ({
        rows: inTravelOrder(context, range.rows),
        range,
        ambiguous: range.ambiguous ? SENT_AGAIN : null,
        elsewhere,
      }));
    return tellApart(sightings, now).map((packet) => ({
      rows: inTravelOrder(context, packet.rows),
      range: null,
      ambiguous: packet.ambiguous ? SENT_AGAIN : null,
      elsewhere,
    }));
  });
  return { drafts, later };
}

/** By time, those of a connection together. */
export function byConnection(
  sightings: Sightings,
  connections: Connections,
  rows: readonly number[],
): readonly (readonly number[])[] {
  const { at, flow } = sightings;
  const sorted = [...rows].sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0));
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

/** They have no visit in common: one may be the other behind a translation. */
export function areApart(sightings: Sightings, a: readonly number[], b: readonly number[]): boolean {
  return a.every((row) => b.every((other) => sightings.visit[row] !== sightings.visit[other]));
}

/**
 * What begins now, and all that may be of it. Of a stream of like packets that does not end, as much as lies before its longest rest in the
 * window's second quarter: there it is least likely that one is on its way.
 */
function within(
  sightings: Sightings,
  rows: readonly number[],
  windowNs: number,
  before: number,
): { readonly now: readonly number[]; readonly rest: readonly number[] } {
  const { at } = sightings;
  const first = at[rows[0] ?? 0] ?? 0;
  if (first >= before) return { now: [], rest: rows };
  const cutAt = (index: number): { now: readonly number[]; rest: readonly number[] } => ({
    now: rows.slice(0, index),
    rest: rows.slice(index),
  });
  const end = rows.findIndex((row) => (at[row] ?? 0) > first + windowNs);
  const inWindow = end < 0 ? rows : rows.slice(0, end);
  const span = (at[inWindow.at(-1) ?? 0] ?? 0) - first;
  if (span <= windowNs / 2 || !repeats(sightings, inWindow)) return cutAt(inWindow.length);
  let [cut, longest] = [inWindow.length, 0];
  for (let index = 1; index < inWindow.length; index += 1) {
    const [from, to] = [at[inWindow[index - 1] ?? 0] ?? 0, at[inWindow[index] ?? 0] ?? 0];
    if (from < first + windowNs / 4 || from > first + windowNs / 2 || to - from <= longest) continue;
    [cut, longest] = [index, to - from];
  }
  return cutAt(cut);
}

/** Ranges of TCP's stream, of one of `a` and of one of `b`, have a byte in common. */
export function overlap(sightings: Sightings, a: readonly number[], b: readonly number[]): boolean {
  const { sequence, length } = sightings;
  return a.some((one) =>
    b.some((other) => {
      const apart = ((sequence[other] ?? 0) - (sequence[one] ?? 0)) | 0;
      return apart < (length[one] ?? 0) && -apart < (length[other] ?? 0);
    }),
  );
}
