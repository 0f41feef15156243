// Where in the picture what a watch saw of the path is marked: at each interface that the packet passes, a mark on its way. Pure.
import type { ObservedPlace } from '../../state/observed.ts';
import type { PathOwners } from './path-drawing.ts';
import { along, type Shapes, type Way } from './path-wires.ts';
import type { Point } from './shapes.ts';

export interface PathMark {
  readonly at: Point;
  /** What is not watched has no mark. */
  readonly kind: 'seen' | 'unseen' | 'ceased' | 'missing';
  /** Of the interface and which side of it. */
  readonly key: string;
}

/** Of a veth pair's line: where its ends are marked, from the Pod on. */
const INNER = 0.24;
const OUTER = 0.76;
const BESIDE = 13;

export function pathMarks(
  places: readonly ObservedPlace[],
  shapes: Shapes,
  { podOfNetns, podOfHostEnd }: PathOwners,
): readonly PathMark[] {
  const marks = new Map<string, PathMark>();
  const entered = new Set(places.flatMap(({ place }) => (place.side === 'in' ? [place.interfaceId] : [])));
  for (const { place, told, missing } of places) {
    const { interfaceId, netnsId, side } = place;
    if (interfaceId === null || (told.kind === 'unwatched' && !missing)) continue;
    // Where it leaves by the interface that it came in by, each has a mark of its own.
    const turned = side === 'out' && entered.has(interfaceId);
    const [inside, outside] = [podOfNetns(netnsId), podOfHostEnd(interfaceId)];
    const veth = shapes.line(`veth:${inside ?? outside ?? ''}`);
    const box = shapes.box(interfaceId);
    const at =
      box !== undefined
        ? { x: box.x - box.w / 2, y: box.y + (turned ? box.h : -box.h) / 2 }
        : veth === undefined
          ? null
          : beside(pointOf(along(veth), inside === null ? OUTER : INNER), turned ? BESIDE : -BESIDE);
    if (at === null) continue;
    const kind = missing ? 'missing' : told.kind === 'unwatched' ? 'unseen' : told.kind;
    const key = `${interfaceId} ${side}`;
    // A packet that goes round and round passes it again: what is missing counts.
    if (marks.get(key)?.kind !== 'missing') marks.set(key, { at, kind, key });
  }
  return [...marks.values()];
}

/** Beside the line, where nothing moves and no name stands. */
function beside(point: Point | null, px: number): Point | null {
  return point === null ? null : { x: point.x + px, y: point.y };
}

/** @param share of its length. */
function pointOf(way: Way, share: number): Point | null {
  const parts = way.slice(1).map((to, at) => ({ from: way[at] ?? to, to }));
  const lengths = parts.map(({ from, to }) => Math.hypot(to.x - from.x, to.y - from.y));
  let left = lengths.reduce((sum, one) => sum + one, 0) * share;
  for (const [at, { from, to }] of parts.entries()) {
    const length = lengths[at] ?? 0;
    if (left <= length && length > 0) {
      const part = left / length;
      return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
    }
    left -= length;
  }
  return null;
}
