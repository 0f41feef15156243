// What became of packets as signs: the mark of a verdict, how many, and the verdict in words. Letters cost much to draw and change a few times
// a second, so each sign is a picture of its own, and drawing it is a copy.
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

interface Sign {
  readonly image: HTMLCanvasElement;
  readonly count: number;
  readonly scale: number;
  /** px at that scale. */
  readonly width: number;
}

export class EndingSigns {
  readonly #inks: MarkInks;
  readonly #signs = new WeakMap<Ending, Sign>();

  constructor(inks: MarkInks) {
    this.#inks = inks;
  }

  /** The mark's middle is at the place. @param size px of the picture for one of the sign's @param density device px for one of the sign's */
  draw(
    context: CanvasRenderingContext2D,
    ending: Ending,
    { x, y }: { readonly x: number; readonly y: number },
    { size, density }: { readonly size: number; readonly density: number },
  ): void {
    const { image, width } = this.#signOf(ending, Math.ceil(density / STEP) * STEP);
    const middle = (MARGIN + MARK_RADIUS) * size;
    context.drawImage(image, x - middle, y - middle, width * size, HEIGHT * size);
  }

  #signOf(ending: Ending, scale: number): Sign {
    const { verdict, count } = ending;
    const known = this.#signs.get(ending);
    if (known?.count === count && known.scale === scale) return known;
    const image = known?.image ?? document.createElement('canvas');
    const text = `${count.toLocaleString('en')} ${verdictWords[verdict]}`;
    const sign = { image, count, scale, width: this.#paint(image, ending, text, scale) };
    this.#signs.set(ending, sign);
    return sign;
  }

  /** @returns its width, px at that scale */
  #paint(image: HTMLCanvasElement, { verdict }: Ending, text: string, scale: number): number {
    const context = image.getContext('2d');
    if (context === null) return 0;
    context.font = FONT;
    const width = TEXT_AT + Math.ceil(context.measureText(text).width) + 2 * MARGIN;
    // Another size empties it and forgets how it is drawn on.
    image.width = Math.ceil(width * scale);
    image.height = Math.ceil(HEIGHT * scale);
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
