import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { AuditTrail } from '../audit/audit-trail.ts';
import { Ending } from './ending.ts';
import { forwardThrough } from './forward.ts';
import type { Hop } from './resolve-target.ts';
import type { SshLink } from './ssh-link.ts';
import type { ConnectFailure } from './transport.ts';

it('a connection that was closed leaves nothing behind at the jump host, which outlives it', async () => {
  let listening = 0;
  class Counted extends Ending<ConnectFailure> {
    override listen(listener: (value: ConnectFailure) => void): () => void {
      listening += 1;
      const forget = super.listen(listener);
      return () => {
        listening -= 1;
        forget();
      };
    }
  }
  const stream = new PassThrough();
  const client = {
    forwardOut: (...[, , , , opened]: [string, number, string, number, (e: undefined, s: unknown) => void]) =>
      setImmediate(() => opened(undefined, stream)),
  };
  const jump = { client, label: 'jump', user: 'me', closed: new Counted() } as unknown as SshLink;
  const audit = new AuditTrail();
  const hop = { label: 'node', host: '192.0.2.1', port: 22 } as Hop;
  const signal = new AbortController().signal;
  const opened = await forwardThrough(jump, hop, { timeoutMs: 1_000, signal, audit });
  expect(opened.ok).toBe(true);
  stream.destroy();
  await expect.poll(() => audit.entries[0]?.outcome).toBe('ended');
  expect(listening).toBe(0);
});
