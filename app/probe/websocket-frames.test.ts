import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { execEnd, execPath, execStatus } from './exec-channels.ts';
import {
  type FrameKind,
  webSocketFrame,
  WebSocketReader,
  type WebSocketMessage,
} from './websocket-frames.ts';

const MOST = 100_000;

function readAll(
  bytes: Uint8Array,
  cuts: readonly number[],
): { messages: WebSocketMessage[]; broken: string | null } {
  const reader = new WebSocketReader(MOST);
  const messages: WebSocketMessage[] = [];
  let from = 0;
  for (const cut of [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    messages.push(...reader.push(bytes.slice(from, cut)));
    from = cut;
  }
  return { messages, broken: reader.broken };
}

it('RFC 6455 §5.7: “Hello” masked, unmasked and in two fragments; a ping between them', () => {
  const hello = new TextEncoder().encode('Hello');
  const masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
  expect([...webSocketFrame('text', hello, Uint8Array.from([0x37, 0xfa, 0x21, 0x3d]))]).toEqual(masked);
  expect([...webSocketFrame('text', hello, null)]).toEqual([0x81, 0x05, ...hello]);
  const fragments = [0x01, 0x03, 0x48, 0x65, 0x6c, 0x89, 0x00, 0x80, 0x02, 0x6c, 0x6f];
  expect(readAll(Uint8Array.from([...masked, ...fragments]), []).messages).toEqual([
    { kind: 'text', payload: hello },
    { kind: 'ping', payload: new Uint8Array(0) },
    { kind: 'text', payload: hello },
  ]);
});

it('what is written is read, cut anywhere, of every length of head', () => {
  const kind = fc.constantFrom<FrameKind>('text', 'binary', 'close', 'ping', 'pong');
  const length = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(125, 126));
  const mask = fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(kind, length, mask), { maxLength: 4 }),
      fc.array(fc.nat()),
      (sent, cuts) => {
        const messages = sent.map(([one, size]) => ({ kind: one, payload: new Uint8Array(size).fill(size) }));
        const frames = messages.map(({ kind: one, payload }, at) =>
          webSocketFrame(one, payload, sent[at]?.[2] ?? null),
        );
        const read = readAll(Uint8Array.from(frames.flatMap((frame) => [...frame])), cuts);
        expect(read).toEqual({ messages, broken: null });
      },
    ),
    { numRuns: runs(30) },
  );
});

it.each([65_535, 65_536])('a message of %i bytes', (length) => {
  const payload = new Uint8Array(length).fill(7);
  const read = readAll(webSocketFrame('binary', payload, Uint8Array.from([1, 2, 3, 4])), [1, 3, 9, 40_000]);
  expect(
    read.messages.map((one) => [one.kind, one.payload.length, one.payload.every((byte) => byte === 7)]),
  ).toEqual([['binary', length, true]]);
});

it('any bytes: no throw, nothing longer than allowed, and a length is never allocated', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat()), (bytes, cuts) => {
      const { messages } = readAll(bytes, cuts);
      expect(messages.reduce((sum, { payload }) => sum + payload.length, 0)).toBeLessThanOrEqual(
        bytes.length,
      );
    }),
    { numRuns: runs(200) },
  );
  const huge = Uint8Array.from([0x82, 0x7f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  expect(readAll(huge, []).broken).toBe('a message of more than 100000 bytes');
  expect(readAll(Uint8Array.from([0x80, 0x00]), []).broken).toBe('what came is no WebSocket');
});

it('how a command ended, as kubelet says it', () => {
  for (const exitStatus of [0, 1, 124]) expect(execEnd(execStatus(exitStatus))).toEqual({ exitStatus });
  // containerd, of a program that is not in the image.
  const failed = {
    metadata: {},
    status: 'Failure',
    message: 'OCI runtime exec failed',
    reason: 'InternalError',
    code: 500,
  };
  expect(execEnd(JSON.stringify(failed))).toEqual({ why: 'OCI runtime exec failed' });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => void execEnd(text)),
    { numRuns: runs(100) },
  );
  expect(
    execPath({
      namespace: 'kube-system',
      pod: 'calico-node-x',
      container: 'calico-node',
      command: ['sh', '-c', 'a & b'],
    }),
  ).toBe(
    '/api/v1/namespaces/kube-system/pods/calico-node-x/exec?container=calico-node&command=sh&command=-c&command=a%20%26%20b&stdout=true&stderr=true',
  );
});
