// The trails' stream to the page: what they come to, and those of the page's window. Like the packets' it holds no queue: without credit
// it waits (DESIGN §10 b), and then sends what is true by then.
import {
  trailsFromPageSchema,
  type TrailsFromPage,
  type TrailsMessage,
  type TrailsView,
  type TrailWindow,
} from '../../app/contract/trails.ts';
import type { Watch } from '../engine/watch.ts';
import { complain } from './complain.ts';
import { CountedStream } from './counted-stream.ts';
import type { FeedPort } from './feed-port.ts';
import { Pace } from './pace.ts';

/** Some windows of the largest size: 300 trails of ten places each are about 200 kB. */
const WINDOW_BYTES = 1024 * 1024;
/** A look sends two messages at most, view and trails: 10 a second, for lines that one reads. */
const PAUSE_MS = 200;

export type TrailsSource = Pick<Watch, 'trailsView' | 'trails' | 'subscribe'>;

/** What a window of trails was taken from. */
interface Asked {
  readonly window: TrailWindow;
  readonly run: number;
  readonly revision: number;
}

export class TrailsFeed implements Disposable {
  readonly #watch: TrailsSource;
  readonly #stream: CountedStream<TrailsMessage, TrailsFromPage>;
  readonly #pace = new Pace(PAUSE_MS, () => {
    this.#pump();
  });
  readonly #unsubscribe: () => void;
  #window: TrailWindow | null = null;
  #sentView: TrailsView | null = null;
  /** The trails sent last, as JSON. */
  #sentTrails = '';
  /** What the last query of trails was about; null when its answer could not be sent. */
  #asked: Asked | null = null;
  #asking = false;
  /** Something was too large for the credit left. */
  #starved = false;

  constructor(watch: TrailsSource, port: FeedPort) {
    this.#watch = watch;
    this.#unsubscribe = watch.subscribe(() => {
      this.#pump();
    });
    this.#stream = new CountedStream(port, {
      window: WINDOW_BYTES,
      fromPage: trailsFromPageSchema,
      heard: (message) => {
        if (message.type === 'window') this.#window = message;
        else this.#starved = false;
        this.#pump();
      },
      ended: () => {
        this.#unsubscribe();
        this.#pace[Symbol.dispose]();
      },
    });
    this.#pump();
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }

  #pump(): void {
    if (this.#stream.over || this.#starved || this.#stream.exhausted) return;
    const view = this.#watch.trailsView;
    const wanted = this.#wanted(view);
    if (view === this.#sentView && wanted === null) return;
    // A run's start, and another window, are what a person waits for.
    const isUrgent = view.run !== this.#sentView?.run || (wanted !== null && wanted !== this.#asked?.window);
    if (!isUrgent && !this.#pace.mayGo()) return;
    this.#pace.went();
    if (this.#sendView(view) && wanted !== null) void this.#ask(wanted, view);
  }

  /** The window, where its trails may be others than those sent. */
  #wanted({ run, revision }: TrailsView): TrailWindow | null {
    const [window, asked] = [this.#window, this.#asked];
    if (window === null || this.#asking) return null;
    const isSame = asked?.window === window && asked.run === run && asked.revision === revision;
    return isSame ? null : window;
  }

  /** False when there was not enough credit for it. */
  #sendView(view: TrailsView): boolean {
    if (view === this.#sentView) return true;
    if (!this.#send({ type: 'view', view })) return false;
    this.#sentView = view;
    return true;
  }

  async #ask(window: TrailWindow, { run, revision }: TrailsView): Promise<void> {
    this.#asked = { window, run, revision };
    this.#asking = true;
    try {
      const trails = await this.#watch.trails(window);
      if (this.#stream.over) return;
      const view = this.#watch.trailsView;
      // Of a run that is over meanwhile nobody wants to see any.
      if (view.run !== run) return;
      const message: TrailsMessage = { type: 'trails', run, window, trails };
      const text = JSON.stringify(message);
      if (text === this.#sentTrails) return;
      // Trails name lanes and flows of the view, so what they were taken from goes first.
      if (this.#sendView(view) && this.#send(message)) this.#sentTrails = text;
      else this.#asked = null;
    } catch (error) {
      complain('the trails of packets could not be read', error);
    } finally {
      this.#asking = false;
      this.#pump();
    }
  }

  #send(message: TrailsMessage): boolean {
    const sent = this.#stream.send(message);
    this.#starved = !sent;
    return sent;
  }
}
