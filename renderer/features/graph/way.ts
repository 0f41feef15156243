// A way of something that moves, measured, and where on it a share of the way is. It keeps to its right of the line it
// follows, so that what comes and what goes do not cover each other. Pure.
import type { Point } from './shapes.ts';

export interface Leg {
  readonly points: readonly Point[];
  /** px from the leg's beginning to each point. */
  readonly at: readonly number[];
}

export interface Way {
  /** What lies between two legs is jumped over. */
  readonly legs: readonly Leg[];
  /** px of the picture, all legs together; 0: a place. */
  readonly length: number;
}

/** px from the line: two dots side by side just touch. */
const ASIDE = 3.2;
/** A corner sharper than this would throw its point far out. */
const MOST_MITRE = 2;

export function wayAlong(legs: readonly (readonly Point[])[]): Way {
  const measured = legs.map((leg) => measure(aside(leg)));
  return { legs: measured, length: measured.reduce((sum, leg) => sum + (leg.at.at(-1) ?? 0), 0) };
}

/** The line moved to the right of its direction, y pointing down. */
function aside(points: readonly Point[]): Point[] {
  return points.map((point, index) => {
    const before = normal(points[index - 1], point);
    const after = normal(point, points[index + 1]);
    const one = before ?? after;
    const other = after ?? before;
    if (one === null || other === null) return point;
    const sum = { x: one.x + other.x, y: one.y + other.y };
    const square = sum.x * sum.x + sum.y * sum.y;
    // Where the line turns back on itself there is no mitre.
    if (square < 0.5) return { x: point.x + one.x * ASIDE, y: point.y + one.y * ASIDE };
    const stretch = Math.min(MOST_MITRE, 2 / square);
    return { x: point.x + sum.x * stretch * ASIDE, y: point.y + sum.y * stretch * ASIDE };
  });
}

function normal(from: Point | undefined, to: Point | undefined): Point | null {
  if (from === undefined || to === undefined) return null;
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  return length === 0 ? null : { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
}

function measure(points: readonly Point[]): Leg {
  let length = 0;
  const at = points.map((point, index) => {
    const before = points[index - 1];
    if (before !== undefined) length += Math.hypot(point.x - before.x, point.y - before.y);
    return length;
  });
  return { points, at };
}

/**
 * Where something is that has covered a share of its way, 0 to 1. Written into `out`, since it is asked hundreds of
 * times a frame.
 */
export function placeOn(way: Way, share: number, out: { x: number; y: number }): void {
  let left = Math.max(0, Math.min(1, share)) * way.length;
  for (let each = 0; each < way.legs.length; each += 1) {
    const leg = way.legs[each];
    if (leg === undefined) return;
    const length = leg.at[leg.at.length - 1] ?? 0;
    if (left > length && each < way.legs.length - 1) {
      left -= length;
      continue;
    }
    placeOnLeg(leg, left, out);
    return;
  }
}

function placeOnLeg({ points, at }: Leg, distance: number, out: { x: number; y: number }): void {
  let index = 1;
  while (index < at.length - 1 && (at[index] ?? 0) < distance) index += 1;
  const from = points[index - 1];
  const to = points[index] ?? from;
  if (from === undefined || to === undefined) return;
  const begin = at[index - 1] ?? 0;
  const span = (at[index] ?? begin) - begin;
  const part = span === 0 ? 0 : Math.min(1, (distance - begin) / span);
  out.x = from.x + (to.x - from.x) * part;
  out.y = from.y + (to.y - from.y) * part;
}
