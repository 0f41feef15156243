// The watch's stream to the page: how it is doing, and the rows of the page's window. Like the session's it holds no
// queue: without credit it waits (DESIGN §10 b), and then sends what is true by then.
import {
  packetsFromPageSchema,
  type PacketWindow,
  type PacketsFromPage,
  type PacketsMessage,
  type WatchView,
} from '../../app/contract/watch.ts';
import type { Watch } from '../engine/watch.ts';
import { complain } from './complain.ts';
import { CountedStream } from './counted-stream.ts';
import type { FeedPort } from './feed-port.ts';
import { Pace } from './pace.ts';

/** Some windows of the largest size (500 rows); an ordinary screen is a tenth of one. */
const WINDOW_BYTES = 512 * 1024;
/** A look sends two messages at most, view and rows: 30 a second, as many as an eye can use. */
const PAUSE_MS = 66;

export type PacketsSource = Pick<Watch, 'view' | 'subscribe' | 'rows'>;

export class PacketsFeed implements Disposable {
  readonly #watch: PacketsSource;
  readonly #stream: CountedStream<PacketsMessage, PacketsFromPage>;
  readonly #pace = new Pace(PAUSE_MS, () => {
    this.#pump();
  });
  readonly #unsubscribe: () => void;
  #window: PacketWindow | null = null;
  #sentView: WatchView | null = null;
  /** The rows sent last, as JSON. */
  #sentRows = '';
  /** What the last query of rows was about; null when its answer could not be sent. */
  #asked: { readonly window: PacketWindow; readonly view: WatchView } | null = null;
  #asking = false;
  /** A filter had not looked at all packets when it was last asked. */
  #searching = false;
  /** The run whose first packets have been asked for. */
  #hurried = 0;
  /** Something was too large for the credit left. */
  #starved = false;

  constructor(watch: PacketsSource, port: FeedPort) {
    this.#watch = watch;
    this.#unsubscribe = watch.subscribe(() => {
      this.#pump();
    });
    this.#stream = new CountedStream(port, {
      window: WINDOW_BYTES,
      fromPage: packetsFromPageSchema,
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
    if (this.#stream.over || this.#starved || this.#stream.exhausted || this.#upToDate()) return;
    if (!this.#urgent() && !this.#pace.mayGo()) return;
    this.#pace.went();
    if (!this.#sendView()) return;
    void this.#askRows();
  }

  #upToDate(): boolean {
    return this.#watch.view === this.#sentView && !this.#rowsMayDiffer();
  }

  #rowsMayDiffer(): boolean {
    if (this.#window === null || this.#asking) return false;
    return this.#searching || this.#asked?.window !== this.#window || this.#asked.view !== this.#watch.view;
  }

  /** What a person waits for: a run's start, its first packets, and a window moved. (The page moves it once a frame.) */
  #urgent(): boolean {
    const { run, packets } = this.#watch.view;
    if (run !== this.#sentView?.run) return true;
    if (this.#window === null || this.#asking) return false;
    return this.#asked?.window !== this.#window || (packets.total > 0 && run !== this.#hurried);
  }

  /** False when there was not enough credit for it. */
  #sendView(): boolean {
    const { view } = this.#watch;
    if (view === this.#sentView) return true;
    if (!this.#send({ type: 'watch', view })) return false;
    this.#sentView = view;
    return true;
  }

  async #askRows(): Promise<void> {
    const window = this.#window;
    if (window === null || !this.#rowsMayDiffer()) return;
    const { view } = this.#watch;
    this.#asked = { window, view };
    if (view.packets.total > 0) this.#hurried = view.run;
    this.#asking = true;
    try {
      const rows = await this.#watch.rows(window);
      if (this.#stream.over) return;
      this.#searching = rows.scanned < rows.toScan;
      const text = JSON.stringify(rows);
      // Rows name vantage points of the view, so what they were taken from goes first.
      if (text === this.#sentRows) return;
      if (this.#sendView() && this.#send({ type: 'rows', rows })) this.#sentRows = text;
      else this.#asked = null;
    } catch (error) {
      this.#searching = false;
      complain('the rows of packets could not be read', error);
    } finally {
      this.#asking = false;
      this.#pump();
    }
  }

  #send(message: PacketsMessage): boolean {
    const sent = this.#stream.send(message);
    this.#starved = !sent;
    return sent;
  }
}
