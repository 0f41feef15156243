// A stream to the page that pays with credits in bytes: what every feed does alike. Its counterpart in the page is
// renderer/bridge/counted-stream.ts. A message goes as JSON text, which is read in half the time that a cloned object takes (measured).
import type { z } from 'zod';
import { Credit } from './credit.ts';
import type { FeedPort } from './feed-port.ts';

interface CreditMessage {
  readonly type: 'credit';
  readonly bytes: number;
}

export interface CountedStreamOptions<FromPage extends { readonly type: string }> {
  /** Bytes that may be under way. */
  readonly window: number;
  /** What the page may say; a page that says anything else is not ours any more. */
  readonly fromPage: z.ZodType<FromPage | CreditMessage>;
  /** Credit is booked before it is told of. */
  readonly heard: (message: FromPage | CreditMessage) => void;
  /** Called once, whichever side ended it. */
  readonly ended: () => void;
}

export class CountedStream<Message, FromPage extends { readonly type: string }> implements Disposable {
  readonly #port: FeedPort;
  readonly #options: CountedStreamOptions<FromPage>;
  readonly #credit: Credit;
  #over = false;

  constructor(port: FeedPort, options: CountedStreamOptions<FromPage>) {
    this.#port = port;
    this.#options = options;
    this.#credit = new Credit(options.window);
    port.listen({
      message: (value) => {
        this.#receive(value);
      },
      close: () => {
        this[Symbol.dispose]();
      },
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** So much is under way that there is no use in looking for more. */
  get exhausted(): boolean {
    return this.#credit.exhausted;
  }

  /** False, and not sent, when there is not enough credit for it. */
  send(message: Message): boolean {
    if (this.#over) return false;
    const text = JSON.stringify(message);
    if (!this.#credit.admits(text.length)) return false;
    this.#credit.spend(text.length);
    this.#port.post(text);
    return true;
  }

  /** Past all credit: a word that is no message. */
  post(word: unknown): void {
    if (!this.#over) this.#port.post(word);
  }

  [Symbol.dispose](): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.ended();
    this.#port.close();
  }

  #receive(value: unknown): void {
    const parsed = this.#options.fromPage.safeParse(value);
    if (!parsed.success) {
      this[Symbol.dispose]();
      return;
    }
    const { data } = parsed;
    if (isCredit(data)) this.#credit.giveBack(data.bytes);
    this.#options.heard(data);
  }
}

function isCredit(message: { readonly type: string }): message is CreditMessage {
  return message.type === 'credit';
}
