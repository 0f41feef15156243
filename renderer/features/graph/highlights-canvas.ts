// The canvas above Cytoscape: it draws while something moves and the page is seen, and otherwise does nothing. While one packet's journey is
// looked at, it alone is drawn.
import type { Highlight } from '../../../app/contract/watch.ts';
import { Alike } from './alike.ts';
import { EndingSigns } from './ending-signs.ts';
import { type Ended, Endings } from './endings.ts';
import { Motion } from './motion.ts';
import { makeSprites, paintHighlights, type Sprites, type Viewport } from './paint-highlights.ts';
import { type DrawnJourney, paintEndings, paintJourney } from './paint-trails.ts';
import type { Palette } from './stylesheet.ts';
import type { Tracks } from './tracks.ts';
import { type MarkInks, markInks } from './verdict-marks.ts';

/** ms that a packet takes for one step of its journey. */
export const STEP_MS = 600;
/** Between two pictures for somebody who is shown no movement, ms. */
const STILL_MS = 200;
const MEASURE = 'hopscope.highlights';

export class HighlightsCanvas implements Disposable {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #viewport: () => Viewport | null;
  readonly #motion = new Motion();
  readonly #lines = { lit: new Alike(), bands: new Alike(), dashes: new Alike() };
  readonly #endings = new Endings();
  #journey: DrawnJourney | null = null;
  /** When the step began that the journey is at; −Infinity: it was not come to by a step. */
  #stepped = -Infinity;
  readonly #resized: ResizeObserver;
  #tracks: Tracks = { near: new Map(), far: new Map() };
  #sprites: Sprites;
  #inks: MarkInks;
  #signs: EndingSigns;
  #still = false;
  #frame: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param viewport Cytoscape's, as it is now; null while there is none. */
  constructor(canvas: HTMLCanvasElement, palette: Palette, viewport: () => Viewport | null) {
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('this browser has no 2d canvas');
    this.#canvas = canvas;
    this.#context = context;
    this.#viewport = viewport;
    this.#sprites = makeSprites(palette);
    this.#inks = markInks(palette);
    this.#signs = new EndingSigns(this.#inks);
    this.#resized = new ResizeObserver(() => {
      this.#fit();
    });
    this.#resized.observe(canvas);
    this.#fit();
    document.addEventListener('visibilitychange', this.#seen);
  }

  setTracks(tracks: Tracks): void {
    this.#tracks = tracks;
  }

  setPalette(palette: Palette): void {
    this.#sprites = makeSprites(palette);
    this.#inks = markInks(palette);
    this.#signs[Symbol.dispose]();
    this.#signs = new EndingSigns(this.#inks);
    if (this.#journey !== null) this.#request();
  }

  /** @param still no movement: what is lit says its number instead. */
  setStill(still: boolean): void {
    this.#still = still;
    this.#motion.clear();
    this.#endings.clear();
    this.#paint(performance.now());
  }

  /** Another run: what moves is of the last one. */
  clear(): void {
    this.#motion.clear();
    this.#endings.clear();
    this.#paint(performance.now());
  }

  take(items: readonly Highlight[]): void {
    // Nobody sees it; the first picture after is of that moment.
    if (document.visibilityState === 'hidden' || this.#journey !== null) return;
    this.#motion.add(items, performance.now(), this.#tracks.near);
    this.#next();
  }

  /** Packets that ended just now. */
  end(ended: readonly Ended[]): void {
    if (document.visibilityState === 'hidden' || this.#journey !== null || ended.length === 0) return;
    this.#endings.add(ended, performance.now());
    this.#next();
  }

  /** The packet that is looked at, and where it is; null: none. A step forward is gone, anything else is there at once. */
  setJourney(journey: DrawnJourney | null): void {
    const before = this.#journey;
    const isStep = journey !== null && before?.id === journey.id && before.at !== journey.at;
    if (isStep) this.#stepped = journey.at === before.at + 1 ? performance.now() : -Infinity;
    else if (before?.id !== journey?.id) this.#stepped = -Infinity;
    this.#journey = journey;
    // It alone is drawn, and nothing else grows old: what was seen before it is not of the moment after it.
    if (journey !== null) {
      this.#motion.clear();
      this.#endings.clear();
    }
    if (before !== journey) this.#request();
  }

  /** Pan or zoom: while something is lit without moving, it has to follow. */
  moved(): void {
    const isLit = this.#still && !(this.#motion.idle && this.#endings.idle);
    if (isLit || this.#journey !== null) this.#request();
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#resized.disconnect();
    this.#signs[Symbol.dispose]();
    document.removeEventListener('visibilitychange', this.#seen);
  }

  readonly #seen = (): void => {
    if (document.visibilityState !== 'hidden') return;
    this.#stop();
    this.#motion.clear();
    this.#endings.clear();
  };

  #stop(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#frame = null;
    this.#timer = null;
  }

  #next(): void {
    if (this.#journey !== null) {
      if (this.#share(performance.now()) < 1) this.#request();
      return;
    }
    if (this.#motion.idle && this.#endings.idle) return;
    if (!this.#still) this.#request();
    else
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        this.#request();
      }, STILL_MS);
  }

  #request(): void {
    this.#frame ??= requestAnimationFrame((now) => {
      this.#frame = null;
      const start = performance.now();
      this.#motion.advance(now);
      this.#endings.advance(now);
      this.#paint(now);
      this.#next();
      // For whoever traces the page. Not kept: the browser would hold one a frame for ever.
      performance.measure(MEASURE, { start });
      performance.clearMeasures(MEASURE);
    });
  }

  /** Of its present step that the packet has gone. */
  #share(now: number): number {
    return this.#still ? 1 : Math.max(0, Math.min(1, (now - this.#stepped) / STEP_MS));
  }

  #paint(now: number): void {
    const viewport = this.#viewport();
    if (viewport === null) return;
    const journey = this.#journey;
    paintHighlights({
      context: this.#context,
      width: this.#canvas.width,
      height: this.#canvas.height,
      pixelRatio: window.devicePixelRatio,
      viewport,
      tracks: this.#tracks,
      sprites: this.#sprites,
      motion: this.#motion,
      lines: this.#lines,
      now,
      still: this.#still,
    });
    const frame = { context: this.#context, viewport, inks: this.#inks, now, still: this.#still };
    if (journey !== null) paintJourney(frame, journey, this.#share(now));
    // Also when nothing has ended: then the signs of what had are let go of.
    else
      paintEndings(
        frame,
        this.#signs,
        this.#endings.all,
        viewport.far ? this.#tracks.far : this.#tracks.near,
      );
  }

  #fit(): void {
    const ratio = window.devicePixelRatio;
    this.#canvas.width = Math.round(this.#canvas.clientWidth * ratio);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * ratio);
    // Another size has emptied it.
    if (this.#journey !== null) this.#request();
  }
}
