// The feeds' port over Node's own MessageChannel: the same structured clone and the same asynchrony as Electron's.
import { MessageChannel } from 'node:worker_threads';
import type { FeedPort } from '../feed-port.ts';

export interface PageEnd {
  readonly received: unknown[];
  send(message: unknown): void;
  close(): void;
  readonly closed: () => boolean;
}

export function messageChannel(): { readonly port: FeedPort; readonly page: PageEnd } {
  const { port1, port2 } = new MessageChannel();
  const received: unknown[] = [];
  let closed = false;
  port2.on('message', (value: unknown) => received.push(value));
  port2.on('close', () => {
    closed = true;
  });
  return {
    port: {
      post: (message) => {
        port1.postMessage(message);
      },
      listen: (on) => {
        port1.on('close', on.close);
        port1.on('message', on.message);
      },
      close: () => {
        port1.close();
      },
    },
    page: {
      received,
      send: (message) => {
        port2.postMessage(message);
      },
      close: () => {
        port2.close();
      },
      closed: () => closed,
    },
  };
}

/** Polls every 5 ms, for at most 5 s. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
