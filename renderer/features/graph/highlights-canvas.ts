// The canvas above Cytoscape: it draws while something moves and the page is seen, and otherwise does nothing.
import type { Highlight } from '../../../app/contract/watch.ts';
import { Motion } from './motion.ts';
import { makeSprites, paintHighlights, type Sprites, type Viewport } from './paint-highlights.ts';
import type { Palette } from './stylesheet.ts';
import type { Tracks } from './tracks.ts';

/** Between two pictures for somebody who is shown no movement, ms. */
const STILL_MS = 200;
const MEASURE = 'hopscope.highlights';

export class HighlightsCanvas implements Disposable {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #viewport: () => Viewport | null;
  readonly #motion = new Motion();
  readonly #resized: ResizeObserver;
  #tracks: Tracks = { near: new Map(), far: new Map() };
  #sprites: Sprites;
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
  }

  /** @param still no movement: what is lit says its number instead. */
  setStill(still: boolean): void {
    this.#still = still;
    this.#motion.clear();
    this.#paint(performance.now());
  }

  /** Another run: what moves is of the last one. */
  clear(): void {
    this.#motion.clear();
    this.#paint(performance.now());
  }

  take(items: readonly Highlight[]): void {
    // Nobody sees it; the first picture after is of that moment.
    if (document.visibilityState === 'hidden') return;
    this.#motion.add(items, performance.now(), this.#tracks.near);
    this.#next();
  }

  /** Pan or zoom: while something is lit without moving, it has to follow. */
  moved(): void {
    if (this.#still && !this.#motion.idle) this.#request();
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#resized.disconnect();
    document.removeEventListener('visibilitychange', this.#seen);
  }

  readonly #seen = (): void => {
    if (document.visibilityState !== 'hidden') return;
    this.#stop();
    this.#motion.clear();
  };

  #stop(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#frame = null;
    this.#timer = null;
  }

  #next(): void {
    if (this.#motion.idle) return;
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
      this.#paint(now);
      this.#next();
      // For whoever traces the page. Not kept: the browser would hold one a frame for ever.
      performance.measure(MEASURE, { start });
      performance.clearMeasures(MEASURE);
    });
  }

  #paint(now: number): void {
    const viewport = this.#viewport();
    if (viewport === null) return;
    paintHighlights({
      context: this.#context,
      width: this.#canvas.width,
      height: this.#canvas.height,
      pixelRatio: window.devicePixelRatio,
      viewport,
      tracks: this.#tracks,
      sprites: this.#sprites,
      motion: this.#motion,
      now,
      still: this.#still,
    });
  }

  #fit(): void {
    const ratio = window.devicePixelRatio;
    this.#canvas.width = Math.round(this.#canvas.clientWidth * ratio);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * ratio);
  }
}
