// The TCP connection under the first hop.
import { connect, type Socket } from 'node:net';
import { fail, ok, type Result } from '../../app/result.ts';
import { cancelled, unreachable } from './failures.ts';
import type { ConnectFailure } from './transport.ts';

/** Opens a connection within `timeoutMs`, trying every address of the name. */
export function openTcp(
  host: string,
  port: number,
  label: string,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<Result<Socket, ConnectFailure>> {
  return new Promise((resolve) => {
    const { signal, timeoutMs } = options;
    if (signal.aborted) {
      resolve(fail(cancelled(label)));
      return;
    }
    const socket = connect({ host, port, autoSelectFamily: true, noDelay: true });
    const settle = (outcome: Result<Socket, ConnectFailure>): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      socket.off('connect', connected);
      if (!outcome.ok) socket.destroy();
      resolve(outcome);
    };
    const connected = (): void => settle(ok(socket));
    const abandon = (): void => settle(fail(cancelled(label)));
    const timer = setTimeout(() => {
      const error: NodeJS.ErrnoException = new Error(`no answer within ${timeoutMs} ms`);
      error.code = 'ETIMEDOUT';
      settle(fail(unreachable(label, error)));
    }, timeoutMs);
    socket.once('connect', connected);
    // Stays on for good: an error after a settled outcome must not end the program; ssh2 has its own listener.
    socket.on('error', (error) => settle(fail(unreachable(label, error))));
    signal.addEventListener('abort', abandon, { once: true });
  });
}
