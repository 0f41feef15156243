// A stream to the page of a view and of what its window shows: packets and trails alike. It holds no queue: without credit it waits
// (DESIGN §10 b), and then sends what is true by then. Nothing is sent twice.
import type { z } from 'zod';
import { complain } from './complain.ts';
import { CountedStream } from './counted-stream.ts';
import type { FeedPort } from './feed-port.ts';
import { Pace } from './pace.ts';

interface WindowMessage {
  readonly type: 'window';
}

export interface WindowFeedOptions<View, Window extends WindowMessage, Message> {
  /** Bytes that may be under way. */
  readonly windowBytes: number;
  /** ms between two looks, each of which sends two messages at most. */
  readonly pauseMs: number;
  readonly fromPage: z.ZodType<Window | { readonly type: 'credit'; readonly bytes: number }>;
  readonly subscribe: (listener: () => void) => () => void;
  /** The same object as long as it says the same. */
  readonly view: () => View;
  readonly toldView: (view: View) => Message;
  /** Whether a window shows the same under either. */
  readonly showsSame: (before: View, now: View) => boolean;
  /** What it shows; null: nobody wants to know any more. `more`: it is to be asked again although nothing has changed. */
  readonly look: (
    window: Window,
    view: View,
  ) => Promise<{ readonly message: Message; readonly more: boolean } | null>;
  /** A person waits for this view's window, however short ago the last look was. @param before the one of the last look */
  readonly isAwaited: (view: View, before: View | null) => boolean;
  /** What is complained of when a look fails. */
  readonly failed: string;
}

export class WindowFeed<
  View extends { readonly run: number },
  Window extends WindowMessage,
  Message,
> implements Disposable {
  readonly #options: WindowFeedOptions<View, Window, Message>;
  readonly #stream: CountedStream<Message, Window>;
  readonly #pace: Pace;
  readonly #unsubscribe: () => void;
  #window: Window | null = null;
  #sentView: View | null = null;
  /** What the window showed when it was sent last, as JSON. */
  #sentText = '';
  /** What the last look was about; null when what it found could not be sent. */
  #looked: { readonly window: Window; readonly view: View } | null = null;
  #looking = false;
  /** The last look was at part of it only. */
  #more = false;
  /** Something was too large for the credit left. */
  #starved = false;

  constructor(port: FeedPort, options: WindowFeedOptions<View, Window, Message>) {
    this.#options = options;
    this.#pace = new Pace(options.pauseMs, () => {
      this.#pump();
    });
    this.#unsubscribe = options.subscribe(() => {
      this.#pump();
    });
    this.#stream = new CountedStream<Message, Window>(port, {
      window: options.windowBytes,
      fromPage: options.fromPage,
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
    const view = this.#options.view();
    const wanted = this.#wanted(view);
    if (view === this.#sentView && wanted === null) return;
    if (!this.#isUrgent(view, wanted) && !this.#pace.mayGo()) return;
    this.#pace.went();
    if (this.#sendView(view) && wanted !== null) void this.#look(wanted, view);
  }

  /** The window, where it may show something else than was sent. */
  #wanted(view: View): Window | null {
    const [window, looked] = [this.#window, this.#looked];
    if (window === null || this.#looking) return null;
    const isSame = looked?.window === window && this.#options.showsSame(looked.view, view);
    return isSame && !this.#more ? null : window;
  }

  /** What a person waits for: a run's start, and another window. (The page moves it once a frame.) */
  #isUrgent(view: View, wanted: Window | null): boolean {
    if (view.run !== this.#sentView?.run) return true;
    if (wanted === null) return false;
    return wanted !== this.#looked?.window || this.#options.isAwaited(view, this.#looked.view);
  }

  /** False when there was not enough credit for it. */
  #sendView(view: View): boolean {
    if (view === this.#sentView) return true;
    if (!this.#send(this.#options.toldView(view))) return false;
    this.#sentView = view;
    return true;
  }

  async #look(window: Window, view: View): Promise<void> {
    this.#looked = { window, view };
    this.#looking = true;
    this.#more = false;
    try {
      const found = await this.#options.look(window, view);
      if (found === null || this.#stream.over) return;
      this.#more = found.more;
      const text = JSON.stringify(found.message);
      if (text === this.#sentText) return;
      // It names what the view knows, so what it was taken from goes first.
      if (this.#sendView(this.#options.view()) && this.#send(found.message)) this.#sentText = text;
      else this.#looked = null;
    } catch (error) {
      complain(this.#options.failed, error);
    } finally {
      this.#looking = false;
      this.#pump();
    }
  }

  #send(message: Message): boolean {
    const sent = this.#stream.send(message);
    this.#starved = !sent;
    return sent;
  }
}
