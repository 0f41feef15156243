// The session's stream to the page. It holds no queue: without credit it waits, and then sends the difference
// between what the page has and what is true by then, so a slow page skips states and never falls behind for good.
import {
  SESSION_PING,
  sessionReplySchema,
  type SessionMessage,
  type SessionReply,
  type SessionView,
} from '../../app/contract/session.ts';
import { diffTopology } from '../../app/topology/diff.ts';
import type { Topology } from '../../app/topology/model.ts';
import { CountedStream } from './counted-stream.ts';
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
  readonly #stream: CountedStream<SessionMessage, SessionReply>;
  readonly #unsubscribe: () => void;
  #sentView: SessionView | null = null;
  #sentTopology: Topology | null = null;

  /** @param heard called whenever the page says anything. */
  constructor(source: SessionSource, port: FeedPort, heard: () => void) {
    this.#source = source;
    this.#unsubscribe = source.subscribe(() => {
      this.#pump();
    });
    this.#stream = new CountedStream(port, {
      window: WINDOW_BYTES,
      fromPage: sessionReplySchema,
      heard: () => {
        heard();
        this.#pump();
      },
      ended: () => {
        this.#unsubscribe();
      },
    });
    this.#pump();
  }

  /** Asks the page for a sign of life. */
  ping(): void {
    this.#stream.post(SESSION_PING);
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }

  #pump(): void {
    for (let next = this.#next(); next !== null; next = this.#next()) {
      if (!this.#stream.send(next)) return;
      if (next.type === 'view') this.#sentView = next.view;
      else this.#sentTopology = this.#source.topology;
    }
  }

  /** What the page lacks; null when it is up to date or too much is under way to look. */
  #next(): SessionMessage | null {
    if (this.#stream.over || this.#stream.exhausted) return null;
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
