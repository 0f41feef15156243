import type { TerminalFromMain, TerminalFromPage } from '../../app/contract/terminal.ts';
import type { Result } from '../../app/result.ts';
import { ok } from '../../app/result.ts';
import { openPort } from './open-port.ts';

export interface TerminalStream {
  send(message: TerminalFromPage): void;
  close(): void;
}

export interface TerminalListener {
  /** `done` gives the credit back: call it when the bytes are on the screen. */
  output(bytes: Uint8Array, done: () => void): void;
  ended(sentence: string): void;
}

export async function openTerminalStream(
  terminalId: string,
  listener: TerminalListener,
  { signal }: { signal: AbortSignal },
): Promise<Result<TerminalStream, { readonly sentence: string }>> {
  const opened = await openPort({ kind: 'terminal', terminalId }, { signal });
  if (!opened.ok) return opened;
  const port = opened.value;
  let over = false;
  const send = (message: TerminalFromPage): void => {
    if (!over) port.postMessage(message);
  };
  const end = (sentence: string): void => {
    if (over) return;
    over = true;
    port.close();
    listener.ended(sentence);
  };
  port.addEventListener('message', (event: MessageEvent<TerminalFromMain>) => {
    const message = event.data;
    if (message.type === 'ended') {
      end(message.sentence);
      return;
    }
    const { length } = message.bytes;
    listener.output(message.bytes, () => {
      if (length > 0) send({ type: 'credit', bytes: length });
    });
  });
  port.addEventListener('close', () => {
    end('The connection to this terminal was lost. Open a new one.');
  });
  port.start();
  return ok({
    send,
    close() {
      over = true;
      port.close();
    },
  });
}
