// One end of a stream to the page, as the feeds see it: Electron's MessagePortMain in the program,
// Node's own MessagePort in their tests.
import type { MessagePortMain } from 'electron';

export interface FeedPort {
  post(message: unknown): void;
  /** Starts delivery; called once. */
  listen(on: { message: (value: unknown) => void; close: () => void }): void;
  /** Safe to call twice. */
  close(): void;
}

export function electronPort(port: MessagePortMain): FeedPort {
  return {
    post: (message) => {
      port.postMessage(message);
    },
    listen: (on) => {
      port.on('message', (event) => {
        on.message(event.data);
      });
      port.on('close', on.close);
      port.start();
    },
    close: () => {
      port.close();
    },
  };
}
