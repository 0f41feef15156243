// Lines of a frame that look alike, stroked at once: there are hundreds, and a handful of looks.
import type { Way } from './way.ts';

interface Looking {
  readonly color: string;
  /** 0 to 1. */
  readonly alpha: number;
  /** px of the picture. */
  readonly width: number;
  readonly ways: Way[];
}

/** No eye tells finer steps of alpha and width apart. */
const STEPS = 20;
const MOST_WIDTH = 1_000;

export class Alike {
  /** By colour, then by steps of alpha and width. */
  readonly #looks = new Map<string, Map<number, Looking>>();

  add(color: string, alpha: number, width: number, way: Way): void {
    const ofColor = this.#looks.get(color) ?? new Map<number, Looking>();
    this.#looks.set(color, ofColor);
    const key = Math.round(alpha * STEPS) * MOST_WIDTH * STEPS + Math.round(width * STEPS);
    const known = ofColor.get(key);
    if (known === undefined) ofColor.set(key, { color, alpha, width, ways: [way] });
    else known.ways.push(way);
  }

  stroke(context: CanvasRenderingContext2D): void {
    for (const ofColor of this.#looks.values())
      for (const { color, alpha, width, ways } of ofColor.values()) {
        context.strokeStyle = color;
        context.globalAlpha = alpha;
        context.lineWidth = width;
        context.beginPath();
        for (const way of ways) traceLegs(context, way);
        context.stroke();
      }
  }
}

export function strokeLegs(context: CanvasRenderingContext2D, way: Way): void {
  context.beginPath();
  traceLegs(context, way);
  context.stroke();
}

function traceLegs(context: CanvasRenderingContext2D, { legs }: Way): void {
  for (const { points } of legs) {
    for (let index = 0; index < points.length; index += 1) {
      const point = points[index];
      if (point === undefined) continue;
      if (index === 0) context.moveTo(point.x, point.y);
      else context.lineTo(point.x, point.y);
    }
  }
}
