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
/** Device px of a picture's px: it is drawn smaller, never larger. */
const STEP = 0.25;
/** A number that changes more often is not read, ms. */
const READ_MS = 400;

interface Sign {
  readonly image: ImageBitmap;
  readonly count: number;
  readonly scale: number;
  /** When it was painted, ms. */
  readonly at: number;
  /** px at that scale. */
  readonly width: number;
}

export class EndingSigns {
  readonly #inks: MarkInks;
  readonly #signs = new WeakMap<Ending, Sign>();
  readonly #canvas = new OffscreenCanvas(1, 1);

  constructor(inks: MarkInks) {
    this.#inks = inks;
  }

  /** The mark's middle is at the place. @param size px of the picture for one of the sign's @param density device px for one of the sign's @param now ms */
  draw(
    context: CanvasRenderingContext2D,
    ending: Ending,
    { x, y }: { readonly x: number; readonly y: number },
    { size, density, now }: { readonly size: number; readonly density: number; readonly now: number },
  ): void {
    const sign = this.#signOf(ending, Math.ceil(density / STEP) * STEP, now);
    if (sign === null) return;
    const { image, width } = sign;
    const middle = (MARGIN + MARK_RADIUS) * size;
    context.drawImage(image, x - middle, y - middle, width * size, HEIGHT * size);
  }

  #signOf(ending: Ending, scale: number, now: number): Sign | null {
    const { verdict, count } = ending;
    const known = this.#signs.get(ending);
    const isRead = known !== undefined && (known.count === count || now - known.at < READ_MS);
    if (isRead && known.scale === scale) return known;
    known?.image.close();
    const width = this.#paint(verdict, `${count.toLocaleString('en')} ${verdictWords[verdict]}`, scale);
    if (width === null) return null;
    const sign = { image: this.#canvas.transferToImageBitmap(), count, scale, width, at: now };
    this.#signs.set(ending, sign);
    return sign;
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
