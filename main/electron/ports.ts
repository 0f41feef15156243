// Streams to the page: one MessagePort each, handed over with the nonce the page chose.
import { MessageChannelMain, type WebFrameMain } from 'electron';
import type { CallRequest, CallResponse } from '../../app/contract/calls.ts';
import { assertNever } from '../../app/result.ts';
import { PORT_CHANNEL } from '../preload/channels.ts';
import { electronPort, type FeedPort } from './feed-port.ts';
import { SessionFeed, type SessionSource } from './session-feed.ts';
import type { Terminals } from './terminals.ts';

export class Streams {
  readonly #source: SessionSource;
  readonly #terminals: Terminals;
  readonly #heard: () => void;
  #session: SessionFeed | null = null;

  /** @param heard called whenever the page says anything on its session stream. */
  constructor(source: SessionSource, terminals: Terminals, heard: () => void) {
    this.#source = source;
    this.#terminals = terminals;
    this.#heard = heard;
  }

  open(request: CallRequest<'stream.open'>, frame: WebFrameMain): CallResponse<'stream.open'> {
    const { stream, nonce } = request;
    switch (stream.kind) {
      case 'session':
        // One page, one session stream: a page that asks again has lost the first.
        this.#session?.[Symbol.dispose]();
        this.#session = new SessionFeed(this.#source, handOver(frame, nonce), this.#heard);
        return { ok: true };
      case 'packets':
      case 'highlights':
        return { ok: false, sentence: 'Hopscope cannot capture yet.' };
      case 'terminal': {
        const attached = this.#terminals.attach(stream.terminalId, () => handOver(frame, nonce));
        return attached.ok ? { ok: true } : { ok: false, sentence: attached.failure.sentence };
      }
      default:
        return assertNever(stream);
    }
  }

  ping(): void {
    this.#session?.ping();
  }

  /** The page is gone: nobody returns credit any more. */
  close(): void {
    this.#session?.[Symbol.dispose]();
    this.#session = null;
  }
}

function handOver(frame: WebFrameMain, nonce: string): FeedPort {
  const { port1, port2 } = new MessageChannelMain();
  frame.postMessage(PORT_CHANNEL, nonce, [port2]);
  return electronPort(port1);
}
