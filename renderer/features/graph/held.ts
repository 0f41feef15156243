// Which shapes are Cytoscape's at a time: those in view and what lies around, 400 at most, however large the picture. Where more of the small
// print would be in view, regions are told from afar: a tile each, with their name and the worst of them. Pure.
import { grouped } from '../../../app/grouped.ts';
import { textId } from './elements.ts';
import type { Box, Drawing, Line, Text } from './shapes.ts';

export const MOST_ELEMENTS = 400;
/** Regions show their small print again where so many fewer than the most are in view: a wheel's step does not turn it off and on. */
const SPARE = 40;
/** Below this zoom the small print is unreadable. */
const FAR_ZOOM = 0.5;

export interface Extent {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** What matters more has the lower number; of what is not named it is the last. */
const NEAR_RANKS: readonly string[] = [
  ...['region', 'bus', 'card', 'nic', 'fold', 'veth', 'uplink', 'drop', 'trunk', 'plate'],
  ...['title', 'tag', 'mono', 'small', 'port', 'arc'],
];
const FAR_RANKS: readonly string[] = [
  'region',
  'bus',
  'far-trouble',
  'far',
  'far-line',
  'trunk',
  'nic',
  'drop',
  'arc',
  'port',
];
/** From afar a region is a tile of three lines; its parts would only be a pattern behind them. And near by, those lines would be twice there. */
const notFar: ReadonlySet<string> = new Set([
  ...['card', 'fold', 'plate', 'uplink', 'veth', 'title', 'mono', 'small', 'tag'],
]);
const notNear: ReadonlySet<string> = new Set(['far', 'far-line', 'far-trouble']);

interface Shape extends Extent {
  /** Cytoscape's. */
  readonly id: string;
  readonly near: number | null;
  readonly far: number | null;
  /** Boxes without which it cannot be. */
  readonly ends: readonly string[];
  readonly isRegion: boolean;
}

export interface Held {
  readonly ids: ReadonlySet<string>;
  readonly far: boolean;
  /** Regions in view for which there is no room. */
  readonly left: number;
  /** What is in view is shown as a whole. */
  readonly isWhole: boolean;
}

export class Holder {
  readonly #shapes: readonly Shape[];
  /** Of the whole picture; null: there is none. */
  readonly bounds: Extent | null;
  #held: Held = { ids: new Set(), far: false, left: 0, isWhole: true };

  constructor({ boxes, lines, texts }: Drawing, far: boolean) {
    this.#shapes = [...boxes.map(boxShape), ...lines.map(lineShape), ...texts.map(textShape)];
    this.bounds = this.#shapes.length === 0 ? null : union(this.#shapes);
    this.#held = { ...this.#held, far };
  }

  /** For this view; the same object as before where that does. */
  hold(seen: Extent, zoom: number): Held {
    const far = this.#isFar(seen, zoom);
    const rankOf = far ? farRank : nearRank;
    const inView = this.#shapes.filter((shape) => rankOf(shape) !== null && touches(shape, seen));
    const isNew = far !== this.#held.far || this.#held.ids.size === 0;
    if (!isNew && this.#held.isWhole && inView.every(({ id }) => this.#held.ids.has(id))) return this.#held;
    const ids = new Set<string>();
    const take = ({ id, ends }: Shape): boolean => {
      const more = [...ends, id].filter((each) => !ids.has(each));
      if (ids.size + more.length > MOST_ELEMENTS) return false;
      for (const each of more) ids.add(each);
      return true;
    };
    const hasRoom = (shapes: readonly Shape[]): boolean => {
      const more = new Set(shapes.flatMap(({ id, ends }) => [...ends, id]).filter((each) => !ids.has(each)));
      return ids.size + more.size <= MOST_ELEMENTS;
    };
    const left = this.#takeWhole(inView, { rankOf, take, hasRoom });
    const isWhole = left.length === 0;
    if (isWhole) this.#takeAround(seen, rankOf, take);
    this.#held = { ids, far, left: left.filter(({ isRegion }) => isRegion).length, isWhole };
    return this.#held;
  }

  /** All of a rank or none, so that what is alike looks alike: of regions alone as many as there is room for. Gives what is left out. */
  #takeWhole(
    inView: readonly Shape[],
    {
      rankOf,
      take,
      hasRoom,
    }: {
      readonly rankOf: (shape: Shape) => number | null;
      readonly take: (shape: Shape) => boolean;
      readonly hasRoom: (shapes: readonly Shape[]) => boolean;
    },
  ): readonly Shape[] {
    const ranks = [...grouped(inView, (shape) => rankOf(shape) ?? 0)].sort(([a], [b]) => a - b);
    for (const [at, [, shapes]] of ranks.entries()) {
      if (hasRoom(shapes)) {
        shapes.forEach(take);
        continue;
      }
      const others = ranks.slice(at + 1).flatMap(([, each]) => each);
      return [...shapes.filter((shape) => !shape.isRegion || !take(shape)), ...others];
    }
    return [];
  }

  /** So that it is there before it is moved into view. */
  #takeAround(seen: Extent, rankOf: (shape: Shape) => number | null, take: (shape: Shape) => boolean): void {
    const around = this.#shapes.flatMap((shape) =>
      rankOf(shape) === null || touches(shape, seen) ? [] : [{ shape, off: distance(shape, seen) }],
    );
    for (const { shape } of around.sort((a, b) => a.off - b.off)) if (!take(shape)) return;
  }

  #isFar(seen: Extent, zoom: number): boolean {
    if (zoom < FAR_ZOOM) return true;
    const most = this.#held.far ? MOST_ELEMENTS - SPARE : MOST_ELEMENTS;
    let count = 0;
    for (const shape of this.#shapes) if (shape.near !== null && touches(shape, seen)) count += 1;
    return count > most;
  }
}

function nearRank({ near }: Shape): number | null {
  return near;
}

function farRank({ far }: Shape): number | null {
  return far;
}

function ranksOf(kind: string): Pick<Shape, 'near' | 'far'> {
  const rank = (ranks: readonly string[]): number => {
    const at = ranks.indexOf(kind);
    return at < 0 ? ranks.length : at;
  };
  return {
    near: notNear.has(kind) ? null : rank(NEAR_RANKS),
    far: notFar.has(kind) ? null : rank(FAR_RANKS),
  };
}

function boxShape({ id, kind, x, y, w, h }: Box): Shape {
  const bounds = { x1: x - w / 2, y1: y - h / 2, x2: x + w / 2, y2: y + h / 2 };
  return { id, ...bounds, ...ranksOf(kind), ends: [], isRegion: kind === 'region' };
}

function lineShape({ id, kind, source, target, from, to, via }: Line): Shape {
  const bounds = union([from, ...via, to].map(({ x, y }) => ({ x1: x, y1: y, x2: x, y2: y })));
  return { id, ...bounds, ...ranksOf(kind), ends: [source, target], isRegion: false };
}

/** px of its letters' height. */
const FONTS: Partial<Record<Text['style'], number>> = { far: 30, 'far-line': 22, title: 13 };
/** Wider than any of our fonts, in em. */
const LETTER_EM = 0.7;

function textShape({ id, x, y, text, anchor, style, tone, age }: Text): Shape {
  const font = FONTS[style] ?? 11;
  // An age takes its place when the text is shown.
  const width = (text.length + (age === null ? 0 : 12)) * font * LETTER_EM;
  const left = anchor === 'left' ? 0 : anchor === 'right' ? width : width / 2;
  const bounds = { x1: x - left, x2: x - left + width, y1: y - font, y2: y + font };
  // What ails a region is told before its name and the number of its Pods.
  const kind = style === 'far-line' && tone !== 'plain' ? 'far-trouble' : style;
  return { id: textId(id), ...bounds, ...ranksOf(kind), ends: [], isRegion: false };
}

function union(all: readonly Extent[]): Extent {
  return all.reduce((one, other) => ({
    x1: Math.min(one.x1, other.x1),
    y1: Math.min(one.y1, other.y1),
    x2: Math.max(one.x2, other.x2),
    y2: Math.max(one.y2, other.y2),
  }));
}

function touches(one: Extent, other: Extent): boolean {
  return one.x1 <= other.x2 && one.x2 >= other.x1 && one.y1 <= other.y2 && one.y2 >= other.y1;
}

function distance(one: Extent, seen: Extent): number {
  const dx = Math.max(0, seen.x1 - one.x2, one.x1 - seen.x2);
  const dy = Math.max(0, seen.y1 - one.y2, one.y1 - seen.y2);
  return Math.hypot(dx, dy);
}
