// Marks of what became of a packet, drawn on a canvas: a shape of its own for each verdict, so that none is told by its colour alone.
import type { Verdict } from '../../../app/watch/model.ts';
import type { Palette } from './stylesheet.ts';

export interface MarkInks {
  readonly verdicts: Readonly<Record<Verdict, string>>;
  /** Behind a mark and around letters. */
  readonly ground: string;
}

export function markInks({ ok, bad, warn, path, dim, bgp, bg }: Palette): MarkInks {
  return {
    verdicts: {
      ...{ delivered: ok, dropped: bad, rejected: warn, inFlight: path, notCaptured: dim, ambiguous: bgp },
    },
    ground: bg,
  };
}

/** The same as signs of a text. */
export const verdictSigns: Readonly<Record<Verdict, string>> = {
  ...{ delivered: '✓', dropped: '✕', rejected: '⊘', inFlight: '○', notCaptured: '◌', ambiguous: '≈' },
};

/** @param radius of the mark, in the context's own units */
export function paintMark(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  inks: MarkInks,
  verdict: Verdict,
  { x, y }: { readonly x: number; readonly y: number },
  radius: number,
): void {
  const color = inks.verdicts[verdict];
  context.setLineDash(verdict === 'notCaptured' ? [radius * 0.5, radius * 0.45] : []);
  context.lineWidth = radius * 0.3;
  context.strokeStyle = color;
  context.fillStyle = verdict === 'delivered' ? color : inks.ground;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
  context.setLineDash([]);
  if (verdict === 'delivered') context.strokeStyle = inks.ground;
  const arm = radius * 0.5;
  context.beginPath();
  for (const line of strokes[verdict])
    for (const [nth, [dx, dy]] of line.entries()) {
      if (nth === 0) context.moveTo(x + dx * arm, y + dy * arm);
      else context.lineTo(x + dx * arm, y + dy * arm);
    }
  context.stroke();
}

type Stroke = readonly (readonly [number, number])[];

/** In arms from the middle. */
const strokes: Readonly<Record<Verdict, readonly Stroke[]>> = {
  delivered: [
    [
      [-0.9, 0.1],
      [-0.2, 0.8],
      [1, -0.7],
    ],
  ],
  dropped: [
    [
      [-0.8, -0.8],
      [0.8, 0.8],
    ],
    [
      [-0.8, 0.8],
      [0.8, -0.8],
    ],
  ],
  rejected: [
    [
      [-1, 0],
      [1, 0],
    ],
  ],
  inFlight: [],
  notCaptured: [],
  ambiguous: [
    [
      [-1, -0.1],
      [-0.5, -0.6],
      [0.5, -0.1],
      [1, -0.6],
    ],
    [
      [-1, 0.7],
      [-0.5, 0.2],
      [0.5, 0.7],
      [1, 0.2],
    ],
  ],
};
