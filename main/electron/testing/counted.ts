// What a page does with counted messages: it digests them and gives their bytes back.
import type { PageEnd } from './message-channel.ts';

interface Counted<M> {
  readonly message: M;
  readonly bytes: number;
}

export const counted = <M>(page: PageEnd): Counted<M>[] =>
  page.received.map((text) =>
    typeof text === 'string'
      ? { message: JSON.parse(text) as M, bytes: text.length }
      : // A word past all credit.
        { message: text as M, bytes: 0 },
  );

/** Gives back credit for all messages from the given one on. */
export function returnCredit(page: PageEnd, from: number): void {
  const bytes = counted(page)
    .slice(from)
    .reduce((sum, message) => sum + message.bytes, 0);
  page.send({ type: 'credit', bytes });
}

/** Gives back each message's bytes as soon as it has come. Returns what ends that. */
export function digest(page: PageEnd): () => void {
  let seen = 0;
  const timer = setInterval(() => {
    if (page.received.length === seen) return;
    const from = seen;
    seen = page.received.length;
    returnCredit(page, from);
  }, 1);
  return () => {
    clearInterval(timer);
  };
}
