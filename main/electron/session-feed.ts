// The session's stream to the page. It holds no queue: without credit it waits, and then sends the difference
// between what the page has and what is true by then, so a slow page skips states and never falls behind for good.
import {
  SESSION_PING,
  sessionReplySchema,
  type SessionMessage,
  type SessionView,
} from '../../app/contract/session.ts';
import { diffTopology } from '../../app/topology/diff.ts';
import type { Topology } from '../../app/topology/model.ts';
import { Credit } from './credit.ts';
import type { FeedPort } from './feed-port.ts';

/** The engine, or the engine with the window's own notices. */
export interface SessionSource {
  readonly view: SessionView;
  readonly topology: Topology;
  subscribe(listener: () => void): () => void;
}

/** About a hundred ordinary patches, or a tenth of a second of the page's parsing. */
const WINDOW_BYTES = 4 * 1024 * 1024;

export class SessionFeed implements Disposable {
  readonly #source: SessionSource;
  readonly #port: FeedPort;
  readonly #credit = new Credit(WINDOW_BYTES);
  readonly #heard: () => void;
  readonly #unsubscribe: () => void;
  #sentView: SessionView | null = null;
  #sentTopology: Topology | null = null;
  #disposed = false;

  /** @param heard called whenever the page says anything. */
  constructor(source: SessionSource, port: FeedPort, heard: () => void) {
    this.#source = source;
    this.#port = port;
    this.#heard = heard;
    this.#unsubscribe = source.subscribe(() => {
      this.#pump();
    });
    port.listen({
      message: (value) => {
        this.#receive(value);
      },
      close: () => {
        this[Symbol.dispose]();
      },
    });
    this.#pump();
  }

  /** Asks the page for a sign of life. */
  ping(): void {
    if (!this.#disposed) this.#port.post(SESSION_PING);
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#unsubscribe();
    this.#port.close();
  }

  #receive(value: unknown): void {
    const reply = sessionReplySchema.safeParse(value);
    // A page that speaks another language is not ours any more.
    if (!reply.success) {
      this[Symbol.dispose]();
      return;
    }
    this.#heard();
    if (reply.data.type === 'pong') return;
    this.#credit.giveBack(reply.data.bytes);
    this.#pump();
  }

  #pump(): void {
    while (!this.#disposed) {
      const next = this.#next();
      if (next === null) return;
      const bytes = JSON.stringify(next).length;
      if (!this.#credit.admits(bytes)) return;
      this.#credit.spend(bytes);
      if (next.type === 'view') this.#sentView = next.view;
      else this.#sentTopology = this.#source.topology;
      this.#port.post({ message: next, bytes });
    }
  }

  /** What the page lacks; null when it is up to date or too much is under way to look. */
  #next(): SessionMessage | null {
    if (this.#credit.exhausted) return null;
    const { view, topology } = this.#source;
    if (view !== this.#sentView) return { type: 'view', view };
    const sent = this.#sentTopology;
    if (topology === sent) return null;
    // Another session, or the same cluster read afresh: nothing of the old picture carries over.
    if (sent === null || sent.cluster !== topology.cluster || topology.revision < sent.revision) {
      return { type: 'topology', topology };
    }
    return { type: 'patch', patch: diffTopology(sent, topology) };
  }
}
