// A terminal's stream to the page: bytes both ways. The channel is read only while the page has credit, so a
// flood stops at the node's own pty and Ctrl+C stays quick.
import { assertNever } from '../../app/result.ts';
import { terminalFromPageSchema, type TerminalFromMain } from '../../app/contract/terminal.ts';
import type { ChannelExit, TerminalChannel } from '../ssh/transport.ts';
import { Credit } from './credit.ts';
import type { FeedPort } from './feed-port.ts';

/** Some screens' worth of the densest output; xterm digests it in a few frames. */
const OUTPUT_WINDOW_BYTES = 256 * 1024;
/** A very large paste; more than that unread means that nobody reads. */
const INPUT_LIMIT_CHARACTERS = 4 * 1024 * 1024;

export class TerminalFeed implements AsyncDisposable {
  readonly #channel: TerminalChannel;
  readonly #port: FeedPort;
  readonly #credit = new Credit(OUTPUT_WINDOW_BYTES);
  readonly #done: Promise<void>;
  #wake: (() => void) | null = null;
  #closing: Promise<void> | null = null;
  #unreadInput = 0;
  #ended = false;

  constructor(channel: TerminalChannel, port: FeedPort) {
    this.#channel = channel;
    this.#port = port;
    port.listen({
      message: (value) => {
        this.#receive(value);
      },
      close: () => {
        this.#stop();
      },
    });
    this.#done = this.#pour();
  }

  /** Resolves when the channel is disposed of, whoever ended it. Rejects never. */
  get done(): Promise<void> {
    return this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#done;
  }

  async #pour(): Promise<void> {
    try {
      for await (const chunk of this.#channel.stdout) {
        await this.#mayPost();
        if (this.#ended) break;
        // Exact size: a pooled Buffer would drag its whole backing store across (FIELD-NOTES §6).
        const bytes = new Uint8Array(chunk);
        this.#credit.spend(bytes.byteLength);
        this.#post({ type: 'output', bytes });
      }
      if (!this.#ended) this.#end(sentenceOf(await this.#channel.exit));
    } catch (error) {
      this.#end(`The terminal failed: ${error instanceof Error ? error.message : String(error)}.`);
    } finally {
      this.#stop();
      await this.#closing;
    }
  }

  async #mayPost(): Promise<void> {
    while (this.#credit.exhausted && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #receive(value: unknown): void {
    const parsed = terminalFromPageSchema.safeParse(value);
    if (!parsed.success) {
      this.#end('The window sent this terminal something it does not understand, so it was closed.');
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'input':
        this.#write(message.text);
        return;
      case 'credit':
        this.#credit.giveBack(message.bytes);
        this.#resume();
        return;
      case 'resize':
        this.#channel.resize({ cols: message.cols, rows: message.rows });
        return;
      default:
        assertNever(message);
    }
  }

  #write(text: string): void {
    this.#unreadInput += text.length;
    if (this.#unreadInput > INPUT_LIMIT_CHARACTERS) {
      this.#end('The shell stopped reading its input, so the terminal was closed. Open a new one.');
      return;
    }
    void this.#channel.write(text).finally(() => {
      this.#unreadInput -= text.length;
    });
  }

  #post(message: TerminalFromMain): void {
    if (!this.#ended) this.#port.post(message);
  }

  #end(sentence: string): void {
    this.#post({ type: 'ended', sentence });
    this.#stop();
  }

  /** Ends both directions. The port stays open so that what was posted arrives; the page or its end closes it. */
  #stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#resume();
    // Also what unblocks a read of a silent channel.
    this.#closing = Promise.resolve(this.#channel[Symbol.asyncDispose]()).catch(() => undefined);
  }

  #resume(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

function sentenceOf(exit: ChannelExit): string {
  switch (exit.kind) {
    case 'exit':
      return exit.code === 0 ? 'The shell ended.' : `The shell ended with exit code ${String(exit.code)}.`;
    case 'signal':
      return `The shell was ended by signal ${exit.signal}.`;
    case 'lost':
      return exit.failure.sentence;
    case 'revoked':
      return exit.sentence;
    default:
      return assertNever(exit);
  }
}
