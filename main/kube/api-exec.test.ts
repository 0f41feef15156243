// exec against a server that is nobody's friend: frames by hand, and what is kept of them.
import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { EXEC_CHANNELS, execStatus } from '../../app/probe/exec-channels.ts';
import { webSocketFrame } from '../../app/probe/websocket-frames.ts';
import { ok } from '../../app/result.ts';
import { execInPod } from './api-exec.ts';

it('pings that nobody hears the answer to cost no memory; empty messages are none', async () => {
  const bytes = (channel: number, text: string): Uint8Array =>
    Uint8Array.from([channel, ...new TextEncoder().encode(text)]);
  const ping = webSocketFrame('ping', new Uint8Array(125), null);
  const sent = [
    ...Array.from({ length: 3_000 }, () => ping),
    webSocketFrame('binary', bytes(EXEC_CHANNELS.stdout, ''), null),
    webSocketFrame('binary', bytes(EXEC_CHANNELS.stderr, ''), null),
    webSocketFrame('binary', bytes(EXEC_CHANNELS.stdout, 'said'), null),
    webSocketFrame('binary', bytes(EXEC_CHANNELS.status, execStatus(3)), null),
  ];
  let unheard = 0;
  const socket: Duplex = new Duplex({
    read: () => {
      unheard = Math.max(unheard, socket.writableLength);
      socket.push(sent.shift() ?? null);
    },
    // Nothing that is written is ever taken.
    write: () => undefined,
  });
  const answer = await execInPod(
    { upgrade: () => Promise.resolve(ok({ socket, head: new Uint8Array(0) })) },
    { namespace: 'n', pod: 'p', container: 'c', command: ['true'] },
    { deadlineMs: 30_000, maxBytes: 100, signal: new AbortController().signal },
  );
  expect(answer).toEqual(
    ok({
      stdout: Buffer.from('said'),
      stderr: 'command terminated with exit code 3\n',
      exitStatus: 3,
    }),
  );
  expect(unheard).toBeLessThan(100_000);
});
