import { connect } from 'node:net';
import type { RunFolder } from './run-folder.ts';

/** `close`: connections are refused. `hold`: they are accepted and left unanswered. */
export interface ListenerRequest {
  readonly operation: 'open' | 'close' | 'hold' | 'release';
  readonly node: string;
}

/** Asks the instance's listener, and returns when it has obeyed. @throws when the listener is gone. */
export async function controlListener(folder: RunFolder, request: ListenerRequest): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(folder.listenerSocket);
    socket.setTimeout(5_000, () => socket.destroy(new Error('the listener does not answer')));
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (answer: Buffer) => {
      socket.end();
      if (answer.toString() === 'done\n') resolve();
      else
        reject(
          new Error(`the SSH port of ${request.node} cannot be opened again: ${answer.toString().trim()}`),
        );
    });
    socket.on('error', (cause) => {
      reject(
        new Error(`the SSH listener of lab "${folder.name}" cannot be asked: ${cause.message}`, { cause }),
      );
    });
  });
}
