// Lines of a frame that look alike, stroked at once: there are hundreds, and a handful of looks. From frame to frame they are mostly the same
// lines, whose path is kept.
import type { Way } from './way.ts';

interface Looking {
  /** 0 to 1. */
  readonly alpha: number;
  /** px of the picture. */
  readonly width: number;
  readonly ways: Way[];
  /** Of those, as many are of this frame so far. */
  count: number;
  /** Of `ways`; null: they are others. */
  path: Path2D | null;
}

/** Of alpha, and of a px: no eye tells finer ones apart. */
const STEPS = { alpha: 16, width: 2 } as const;
const MOST_WIDTHS = 1_000;

export class Alike {
  /** By colour, then by steps of alpha and width. */
  readonly #looks = new Map<string, Map<number, Looking>>();

  add(color: string, alpha: number, width: number, way: Way): void {
    let ofColor = this.#looks.get(color);
    if (ofColor === undefined) {
      ofColor = new Map();
      this.#looks.set(color, ofColor);
    }
    const key = Math.round(alpha * STEPS.alpha) * MOST_WIDTHS + Math.round(width * STEPS.width);
    let looking = ofColor.get(key);
    if (looking === undefined) {
      looking = { alpha, width, ways: [], count: 0, path: null };
      ofColor.set(key, looking);
    }
    if (looking.ways[looking.count] !== way) {
      looking.ways[looking.count] = way;
      looking.path = null;
    }
    looking.count += 1;
  }

  /** Those that were added since the last time. */
  stroke(context: CanvasRenderingContext2D): void {
    for (const [color, ofColor] of this.#looks) {
      context.strokeStyle = color;
      for (const [key, looking] of ofColor) {
        const { alpha, width, ways, count } = looking;
        if (count === 0) {
          ofColor.delete(key);
          continue;
        }
        if (ways.length > count) {
          ways.length = count;
          looking.path = null;
        }
        looking.path ??= pathAlong(ways);
        looking.count = 0;
        context.globalAlpha = alpha;
        context.lineWidth = width;
        context.stroke(looking.path);
      }
      if (ofColor.size === 0) this.#looks.delete(color);
    }
  }
}

function pathAlong(ways: readonly Way[]): Path2D {
  const path = new Path2D();
  for (const way of ways) traceLegs(path, way);
  return path;
}

export function strokeLegs(context: CanvasRenderingContext2D, way: Way): void {
  context.beginPath();
  traceLegs(context, way);
  context.stroke();
}

function traceLegs(path: CanvasPath, { legs }: Way): void {
  for (const { points } of legs) {
    for (let index = 0; index < points.length; index += 1) {
      const point = points[index];
      if (point === undefined) continue;
      if (index === 0) path.moveTo(point.x, point.y);
      else path.lineTo(point.x, point.y);
    }
  }
}
