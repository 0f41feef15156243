// A TCP connection that a jump host opens for us: what the next hop's SSH runs through.
import type { Duplex } from 'node:stream';
import { fail, ok, type Result } from '../../app/result.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { cancelled, forwardRefused, lost } from './failures.ts';
import type { Hop } from './resolve-target.ts';
import type { SshLink } from './ssh-link.ts';
import type { ConnectFailure } from './transport.ts';

/** The audit has it from when it is asked for to when it is closed, as one of the jump host. */
export function forwardThrough(
  jump: SshLink,
  hop: Hop,
  {
    timeoutMs,
    signal,
    audit,
  }: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly audit: AuditTrail },
): Promise<Result<Duplex, ConnectFailure>> {
  const gone = jump.closed.value;
  if (gone !== null) return Promise.resolve(fail(gone));
  const what = `TCP forward to ${hop.label}`;
  const run = audit.begin({ node: jump.label, login: jump.user, by: 'login', kind: 'forward', what });
  return new Promise((resolve) => {
    let settled = false;
    const settle = (outcome: Result<Duplex, ConnectFailure>): void => {
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      deaf();
      resolve(outcome);
    };
    const refuse = (failure: ConnectFailure): void => {
      run.ended(`not started: ${failure.sentence}`);
      settle(fail(failure));
    };
    const abandon = (): void => refuse(cancelled(hop.label));
    const timer = setTimeout(() => {
      refuse(forwardRefused(jump.label, hop.label, new Error(`no answer within ${timeoutMs} ms`), 2));
    }, timeoutMs);
    const deaf = jump.closed.listen(refuse);
    signal.addEventListener('abort', abandon, { once: true });
    try {
      jump.client.forwardOut('127.0.0.1', 0, hop.host, hop.port, (error, stream) => {
        if (error) {
          refuse(forwardRefused(jump.label, hop.label, error, (error as { reason?: unknown }).reason));
          return;
        }
        stream.on('error', () => undefined);
        if (settled) {
          stream.destroy();
          return;
        }
        // ssh2 closes no channel of a connection that breaks.
        // Given back by its last user, the jump host may be gone before the channel has said that it is closed.
        const forget = jump.closed.listen(({ kind }) =>
          run.ended(kind === 'cancelled' ? 'ended' : 'ended with its jump host'),
        );
        stream.once('close', () => {
          forget();
          run.ended('ended');
        });
        settle(ok(stream));
      });
    } catch (error) {
      refuse(lost(jump.label, (error as Error).message, 'session'));
    }
  });
}
