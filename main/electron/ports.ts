// Streams to the page: one MessagePort each, handed over with the nonce the page chose.
import { MessageChannelMain, type WebFrameMain } from 'electron';
import type { CallRequest, CallResponse } from '../../app/contract/calls.ts';
import { assertNever } from '../../app/result.ts';
import { PORT_CHANNEL } from '../preload/channels.ts';
import { electronPort, type FeedPort } from './feed-port.ts';
import { HighlightsFeed, type HighlightsSource } from './highlights-feed.ts';
import { type PacketsFeed, packetsFeed, type PacketsSource } from './packets-feed.ts';
import { SessionFeed, type SessionSource } from './session-feed.ts';
import type { Terminals } from './terminals.ts';
import { type TrailsFeed, trailsFeed, type TrailsSource } from './trails-feed.ts';

export interface StreamSources {
  readonly session: SessionSource;
  readonly watch: PacketsSource & HighlightsSource & TrailsSource;
  readonly terminals: Terminals;
}

export class Streams {
  readonly #sources: StreamSources;
  readonly #heard: () => void;
  // One page, one stream of each kind: a page that asks again has lost the first.
  #session: SessionFeed | null = null;
  #packets: PacketsFeed | null = null;
  #highlights: HighlightsFeed | null = null;
  #trails: TrailsFeed | null = null;

  /** @param heard called whenever the page says anything on its session stream. */
  constructor(sources: StreamSources, heard: () => void) {
    this.#sources = sources;
    this.#heard = heard;
  }

  open(request: CallRequest<'stream.open'>, frame: WebFrameMain): CallResponse<'stream.open'> {
    const { stream, nonce } = request;
    switch (stream.kind) {
      case 'session':
        this.#session?.[Symbol.dispose]();
        this.#session = new SessionFeed(this.#sources.session, handOver(frame, nonce), this.#heard);
        return { ok: true };
      case 'packets':
        this.#packets?.[Symbol.dispose]();
        this.#packets = packetsFeed(this.#sources.watch, handOver(frame, nonce));
        return { ok: true };
      case 'highlights':
        this.#highlights?.[Symbol.dispose]();
        this.#highlights = new HighlightsFeed(this.#sources.watch, handOver(frame, nonce));
        return { ok: true };
      case 'trails':
        this.#trails?.[Symbol.dispose]();
        this.#trails = trailsFeed(this.#sources.watch, handOver(frame, nonce));
        return { ok: true };
      case 'terminal': {
        const attached = this.#sources.terminals.attach(stream.terminalId, () => handOver(frame, nonce));
        return attached.ok ? { ok: true } : { ok: false, sentence: attached.failure.sentence };
      }
      default:
        return assertNever(stream);
    }
  }

  ping(): void {
    this.#session?.ping();
  }

  /** The page is gone: nobody returns credit any more. What is watched goes on, and the next page finds it so. */
  close(): void {
    for (const feed of [this.#session, this.#packets, this.#highlights, this.#trails])
      feed?.[Symbol.dispose]();
    this.#session = this.#packets = this.#highlights = this.#trails = null;
  }
}

function handOver(frame: WebFrameMain, nonce: string): FeedPort {
  const { port1, port2 } = new MessageChannelMain();
  frame.postMessage(PORT_CHANNEL, nonce, [port2]);
  return electronPort(port1);
}
