import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { AuditTrail } from '../audit/audit-trail.ts';
import { Ending } from './ending.ts';
import { forwardThrough } from './forward.ts';
import type { Hop } from './resolve-target.ts';
import type { SshLink } from './ssh-link.ts';
import type { ConnectFailure } from './transport.ts';

const hop = { label: 'node', host: '192.0.2.1', port: 22 } as Hop;
const signal = new AbortController().signal;

/** A jump host that opens `stream`, and is gone when `closed` is. */
const jumpOpening = (stream: PassThrough, closed: Ending<ConnectFailure>): SshLink => {
  const client = {
    forwardOut: (...[, , , , opened]: [string, number, string, number, (e: undefined, s: unknown) => void]) =>
      setImmediate(() => opened(undefined, stream)),
  };
  return { client, label: 'jump', user: 'me', closed } as unknown as SshLink;
};

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
  const jump = jumpOpening(stream, new Counted());
  const audit = new AuditTrail();
  const opened = await forwardThrough(jump, hop, { timeoutMs: 1_000, signal, audit });
  expect(opened.ok).toBe(true);
  stream.destroy();
  await expect.poll(() => audit.entries[0]?.outcome).toBe('ended');
  expect(listening).toBe(0);
});

it.each([
  ['cancelled', 'ended'],
  ['lost', 'ended with its jump host'],
  ['silent', 'ended with its jump host'],
] as const)(
  'when the jump host is %s before the channel says that it is closed: %s',
  async (kind, outcome) => {
    const closed = new Ending<ConnectFailure>();
    const audit = new AuditTrail();
    const jump = jumpOpening(new PassThrough(), closed);
    await forwardThrough(jump, hop, { timeoutMs: 1_000, signal, audit });
    closed.settle({ kind, sentence: 'gone', retry: false });
    expect(audit.entries[0]?.outcome).toBe(outcome);
  },
);
