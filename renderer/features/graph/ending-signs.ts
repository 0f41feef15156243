// What became of packets as signs: the mark of a verdict, how many, and the verdict in words. Letters cost much to draw and change a few times
// a second, so each sign is a picture of its own, and drawing it is a copy; of a bitmap, for what a canvas holds is copied before it is drawn.
import type { Verdict } from '../../../app/watch/model.ts';
import { verdictWords } from '../../state/verdict-words.ts';
import type { Ending } from './endings.ts';
import { type MarkInks, paintMark } from './verdict-marks.ts';

/** px on the screen. */
const MARK_RADIUS = 8;
const COUNT_PX = 11;
/** Around a mark and letters, on a ground of their own: they stand upon lines. */
const MARGIN = 3;
const TEXT_AT = 3 * MARGIN + 2 * MARK_RADIUS;
const HEIGHT = 2 * (MARK_RADIUS + MARGIN);
const FONT = `600 ${String(COUNT_PX)}px "Inter Variable", sans-serif`;
/** Device px of a picture's px: it is drawn smaller, and larger only until it is painted anew. */
const STEP = 0.25;
/** A number that changes more often is not read, ms. */
const READ_MS = 400;
/** In one frame of a motion: all that change at once would take longer than a frame. */
export const MOST_PAINTED = 12;

interface Painted {
  readonly count: number;
  readonly scale: number;
  /** When it was painted, ms. */
  readonly at: number;
}

interface Sign extends Painted {
  readonly image: ImageBitmap;
  /** px at that scale. */
  readonly width: number;
}

/** Those to paint, those that have waited longest first. Pure. */
export function dueSigns(
  endings: readonly Ending[],
  painted: ReadonlyMap<Ending, Painted>,
  { scale, now }: { readonly scale: number; readonly now: number },
): Ending[] {
  const paintedAt = (ending: Ending): number => painted.get(ending)?.at ?? -1;
  const due = endings.filter((ending) => {
    const known = painted.get(ending);
    if (known?.scale !== scale) return true;
    return known.count !== ending.count && now - known.at >= READ_MS;
  });
  return due.toSorted((one, other) => paintedAt(one) - paintedAt(other));
}

export class EndingSigns implements Disposable {
  readonly #inks: MarkInks;
  readonly #signs = new Map<Ending, Sign>();
  readonly #canvas = new OffscreenCanvas(1, 1);

  constructor(inks: MarkInks) {
    this.#inks = inks;
  }

  /** Before those of a frame are drawn. @param density device px for one of a sign's @param now ms @param still few frames, each with time */
  prepare(
    endings: readonly Ending[],
    { density, now, still }: { readonly density: number; readonly now: number; readonly still: boolean },
  ): void {
    const seen = new Set(endings);
    for (const [ending, { image }] of this.#signs) {
      if (seen.has(ending)) continue;
      image.close();
      this.#signs.delete(ending);
    }
    const scale = Math.ceil(density / STEP) * STEP;
    const due = dueSigns(endings, this.#signs, { scale, now });
    for (const ending of due.slice(0, still ? undefined : MOST_PAINTED)) {
      const { verdict, count } = ending;
      const width = this.#paint(verdict, `${count.toLocaleString('en')} ${verdictWords[verdict]}`, scale);
      if (width === null) continue;
      this.#signs.get(ending)?.image.close();
      const image = this.#canvas.transferToImageBitmap();
      this.#signs.set(ending, { image, count, scale, width, at: now });
    }
  }

  /** Its mark's middle is at the place; one that was not painted yet is not there. @param size px of the picture for one of the sign's */
  draw(
    context: CanvasRenderingContext2D,
    ending: Ending,
    { x, y }: { readonly x: number; readonly y: number },
    size: number,
  ): void {
    const sign = this.#signs.get(ending);
    if (sign === undefined) return;
    const middle = (MARGIN + MARK_RADIUS) * size;
    context.drawImage(sign.image, x - middle, y - middle, sign.width * size, HEIGHT * size);
  }

  [Symbol.dispose](): void {
    for (const { image } of this.#signs.values()) image.close();
    this.#signs.clear();
  }

  /** @returns its width, px at that scale; null: this browser has no 2d canvas */
  #paint(verdict: Verdict, text: string, scale: number): number | null {
    const context = this.#canvas.getContext('2d');
    if (context === null) return null;
    context.font = FONT;
    const width = TEXT_AT + Math.ceil(context.measureText(text).width) + 2 * MARGIN;
    // Another size empties it and forgets how it is drawn on.
    this.#canvas.width = Math.ceil(width * scale);
    this.#canvas.height = Math.ceil(HEIGHT * scale);
    context.scale(scale, scale);
    const middle = MARGIN + MARK_RADIUS;
    context.fillStyle = this.#inks.ground;
    context.beginPath();
    context.roundRect(middle, MARGIN, width - middle, 2 * MARK_RADIUS, MARK_RADIUS);
    context.fill();
    paintMark(context, this.#inks, verdict, { x: middle, y: middle }, MARK_RADIUS);
    context.font = FONT;
    context.textBaseline = 'middle';
    context.fillStyle = this.#inks.verdicts[verdict];
    context.fillText(text, TEXT_AT, middle);
    return width;
  }
}
