// The highlights' stream to the page: how many packets passed each interface that it draws, since it was last told.
// Sized by what is visible and merged while there is no credit (DESIGN §10 a): it keeps counts, never packets.
import {
  highlightsFromPageSchema,
  type Highlight,
  type HighlightsFromPage,
  type HighlightsMessage,
} from '../../app/contract/watch.ts';
import type { InterfaceCounts, Watch } from '../engine/watch.ts';
import { CountedStream } from './counted-stream.ts';
import type { FeedPort } from './feed-port.ts';
import { Pace } from './pace.ts';

/** A few frames of a picture with a hundred interfaces in motion: a page that lags gets fewer and larger counts. */
const WINDOW_BYTES = 64 * 1024;
/** 60 messages a second: a screen shows no more. */
const PAUSE_MS = 17;

const none: InterfaceCounts = { inbound: 0, outbound: 0, refused: 0 };

export type HighlightsSource = Pick<Watch, 'view' | 'counts' | 'subscribe'>;

export class HighlightsFeed implements Disposable {
  readonly #watch: HighlightsSource;
  readonly #stream: CountedStream<HighlightsMessage, HighlightsFromPage>;
  readonly #pace = new Pace(PAUSE_MS, () => {
    this.#pump();
  });
  readonly #unsubscribe: () => void;
  #run: number;
  /** What the page has been told of each interface that it draws. */
  #told: Map<string, InterfaceCounts> = new Map();

  constructor(watch: HighlightsSource, port: FeedPort) {
    this.#watch = watch;
    this.#run = watch.view.run;
    this.#unsubscribe = watch.subscribe(() => {
      this.#pump();
    });
    this.#stream = new CountedStream(port, {
      window: WINDOW_BYTES,
      fromPage: highlightsFromPageSchema,
      heard: (message) => {
        if (message.type === 'visible') this.#show(message.interfaces);
        this.#pump();
      },
      ended: () => {
        this.#unsubscribe();
        this.#pace[Symbol.dispose]();
      },
    });
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }

  /** What comes into sight begins with what passes from now on: older packets are no burst of this moment. */
  #show(interfaces: readonly string[]): void {
    this.#noticeRun();
    const { counts } = this.#watch;
    this.#told = new Map(interfaces.map((id) => [id, this.#told.get(id) ?? { ...(counts.get(id) ?? none) }]));
  }

  /** Another run counts from nothing again. */
  #noticeRun(): void {
    const { run } = this.#watch.view;
    if (run === this.#run) return;
    this.#run = run;
    for (const id of this.#told.keys()) this.#told.set(id, none);
  }

  #pump(): void {
    if (this.#stream.over) return;
    this.#noticeRun();
    if (this.#stream.exhausted) return;
    const items = this.#news();
    if (items.length === 0 || !this.#pace.mayGo()) return;
    if (!this.#stream.send({ type: 'highlights', run: this.#run, items })) return;
    this.#pace.went();
    for (const { interfaceId } of items) {
      this.#told.set(interfaceId, { ...(this.#watch.counts.get(interfaceId) ?? none) });
    }
  }

  #news(): Highlight[] {
    const items: Highlight[] = [];
    for (const [interfaceId, now] of this.#watch.counts) {
      const told = this.#told.get(interfaceId);
      if (told === undefined) continue;
      const inbound = now.inbound - told.inbound;
      const outbound = now.outbound - told.outbound;
      if (inbound === 0 && outbound === 0) continue;
      items.push({ interfaceId, inbound, outbound, refused: now.refused - told.refused });
    }
    return items;
  }
}
