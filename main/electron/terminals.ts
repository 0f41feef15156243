// The window's terminals from `terminal.open` to their end: each is claimed once by a stream, and none outlives the
// page that asked for it.
import { randomUUID } from 'node:crypto';
import { fail, ok, type Result } from '../../app/result.ts';
import type { CallRequest, CallResponse } from '../../app/contract/calls.ts';
import type { Engine, OpenedTerminal, Refusal } from '../engine/engine.ts';
import type { TerminalChannel } from '../ssh/transport.ts';
import type { FeedPort } from './feed-port.ts';
import { TerminalFeed } from './terminal-feed.ts';

/** More tabs than anybody reads; each costs an SSH channel and 256 KiB of window. */
const MOST_TERMINALS = 32;
/** The page claims a terminal in the same breath; one that does not has been reloaded meanwhile. */
const CLAIM_WITHIN_MS = 10_000;

interface Waiting {
  readonly channel: TerminalChannel;
  readonly timer: NodeJS.Timeout;
}

export class Terminals implements AsyncDisposable {
  readonly #engine: Pick<Engine, 'openTerminal'>;
  readonly #waiting = new Map<string, Waiting>();
  readonly #feeds = new Map<string, TerminalFeed>();
  #opening = 0;
  /** Renewed when the page goes: what it asked for and did not get yet is cancelled. */
  #page = new AbortController();

  constructor(engine: Pick<Engine, 'openTerminal'>) {
    this.#engine = engine;
  }

  async open(request: CallRequest<'terminal.open'>): Promise<CallResponse<'terminal.open'>> {
    if (this.#opening + this.#waiting.size + this.#feeds.size >= MOST_TERMINALS) {
      const sentence = `There are ${String(MOST_TERMINALS)} terminals open, which is the most; close one first.`;
      return { ok: false, sentence };
    }
    const { signal } = this.#page;
    this.#opening += 1;
    let opened: Result<OpenedTerminal, Refusal>;
    try {
      const size = { cols: request.cols, rows: request.rows };
      opened = await this.#engine.openTerminal(request.target, { size, signal });
    } finally {
      this.#opening -= 1;
    }
    if (!opened.ok) return { ok: false, sentence: opened.failure.sentence };
    const { channel, title, command } = opened.value;
    if (signal.aborted) {
      await channel[Symbol.asyncDispose]();
      return { ok: false, sentence: 'The window was reloaded before the terminal opened.' };
    }
    const terminalId = randomUUID();
    const timer = setTimeout(() => {
      void this.close(terminalId);
    }, CLAIM_WITHIN_MS);
    this.#waiting.set(terminalId, { channel, timer });
    return { ok: true, terminalId, title, command };
  }

  /** @param takePort makes the stream's port, only when there is a terminal to put behind it. */
  attach(terminalId: string, takePort: () => FeedPort): Result<void, Refusal> {
    const waiting = this.#waiting.get(terminalId);
    if (waiting === undefined) {
      return fail({ sentence: 'That terminal is no longer open; open a new one.' });
    }
    // It may throw when the page is just going: the terminal is then still waiting, and ends with its timer.
    const port = takePort();
    this.#waiting.delete(terminalId);
    clearTimeout(waiting.timer);
    const feed = new TerminalFeed(waiting.channel, port);
    this.#feeds.set(terminalId, feed);
    void feed.done.then(() => this.#feeds.delete(terminalId));
    return ok(undefined);
  }

  async close(terminalId: string): Promise<undefined> {
    const waiting = this.#waiting.get(terminalId);
    if (waiting !== undefined) {
      this.#waiting.delete(terminalId);
      clearTimeout(waiting.timer);
      await waiting.channel[Symbol.asyncDispose]();
    }
    await this.#feeds.get(terminalId)?.[Symbol.asyncDispose]();
    return undefined;
  }

  /** The page that owned them is gone (reload, crash). */
  async closeAll(): Promise<void> {
    this.#page.abort();
    this.#page = new AbortController();
    await Promise.all([...this.#waiting.keys(), ...this.#feeds.keys()].map((id) => this.close(id)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAll();
  }
}
