// Lines of a frame that look alike, stroked at once: there are hundreds, and a handful of looks.
import type { Way } from './way.ts';

interface Look {
  readonly color: string;
  /** 0 to 1. */
  readonly alpha: number;
  /** px of the picture. */
  readonly width: number;
}

/** No eye tells finer steps of alpha and width apart. */
const STEPS = 20;

export class Alike {
  readonly #ways = new Map<string, { readonly look: Look; readonly ways: Way[] }>();

  add({ color, ...look }: Look, way: Way): void {
    const alpha = Math.round(look.alpha * STEPS) / STEPS;
    const width = Math.round(look.width * STEPS) / STEPS;
    const key = `${color} ${String(alpha)} ${String(width)}`;
    const known = this.#ways.get(key);
    if (known === undefined) this.#ways.set(key, { look: { color, alpha, width }, ways: [way] });
    else known.ways.push(way);
  }

  stroke(context: CanvasRenderingContext2D): void {
    for (const { look, ways } of this.#ways.values()) {
      context.strokeStyle = look.color;
      context.globalAlpha = look.alpha;
      context.lineWidth = look.width;
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
