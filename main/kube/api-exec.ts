// `kubectl exec` by ourselves: a command in a container over a WebSocket of the API server (exec-channels.ts has its channels).
import type { Duplex } from 'node:stream';
import { randomBytes } from 'node:crypto';
import {
  EXEC_CHANNELS,
  EXEC_PROTOCOLS,
  execEnd,
  execPath,
  type ExecRequest,
} from '../../app/probe/exec-channels.ts';
import { webSocketFrame, WebSocketReader } from '../../app/probe/websocket-frames.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { ExecOptions, ExecOutput, KubeSilence } from '../engine/kube-source.ts';
import type { ApiRequests } from './api-requests.ts';

/** Kubelet sends at most 32 KiB a message. */
const MOST_MESSAGE_BYTES = 1024 * 1024;
const MOST_STDERR_BYTES = 64 * 1024;

/** Reading stops at `maxBytes` of stdout; the command then ends as one whose reader is gone, and its status counts as 0. */
export async function execInPod(
  requests: Pick<ApiRequests, 'upgrade'>,
  request: ExecRequest,
  { deadlineMs, maxBytes, signal }: ExecOptions,
): Promise<Result<ExecOutput, KubeSilence>> {
  const limit = new AbortController();
  const end = (): void => limit.abort();
  const timer = setTimeout(end, deadlineMs);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  let socket: Duplex | null = null;
  try {
    const opened = await requests.upgrade(execPath(request), EXEC_PROTOCOLS, limit.signal);
    if (!opened.ok) return opened;
    ({ socket } = opened.value);
    return await converse(socket, opened.value.head, maxBytes, limit.signal);
  } catch (error) {
    const late = `the API server did not execute it within ${Math.round(deadlineMs / 1000)} s`;
    return silence(limit.signal.aborted ? late : (error as Error).message);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    socket?.destroy();
  }
}

/** @throws what the connection throws, and when the signal ends it */
async function converse(
  socket: Duplex,
  head: Uint8Array,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Result<ExecOutput, KubeSilence>> {
  const reader = new WebSocketReader(MOST_MESSAGE_BYTES);
  const out: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  let outBytes = 0;
  let errorBytes = 0;
  let status = '';
  /** Whether that was all. */
  const take = (bytes: Uint8Array): boolean => {
    for (const { kind, payload } of reader.push(bytes)) {
      if (kind === 'ping' && !socket.writableNeedDrain)
        socket.write(webSocketFrame('pong', payload, randomBytes(4)));
      if (kind === 'close') return true;
      const said = payload.subarray(1);
      // Kubelet begins each channel with nothing.
      if ((kind !== 'binary' && kind !== 'text') || said.length === 0) continue;
      if (payload[0] === EXEC_CHANNELS.stdout) {
        out.push(said.subarray(0, maxBytes - outBytes));
        outBytes = Math.min(maxBytes, outBytes + said.length);
        if (outBytes === maxBytes) return true;
      } else if (payload[0] === EXEC_CHANNELS.stderr && errorBytes < MOST_STDERR_BYTES) {
        errors.push(said);
        errorBytes += said.length;
      } else if (payload[0] === EXEC_CHANNELS.status) {
        status = new TextDecoder().decode(said);
        return true;
      }
    }
    return reader.broken !== null;
  };
  const abort = (): void => void socket.destroy(new Error('it was given up'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    if (!take(head)) for await (const chunk of socket as AsyncIterable<Uint8Array>) if (take(chunk)) break;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  if (reader.broken !== null) return silence(`the API server answers exec with ${reader.broken}`);
  const stderr = new TextDecoder().decode(Buffer.concat(errors));
  const stdout = Buffer.concat(out);
  if (outBytes === maxBytes) return ok({ stdout, stderr, exitStatus: 0 });
  const ended = execEnd(status);
  if (ended === null) return silence('the API server ended exec without saying how the command ended');
  if ('why' in ended) return silence(`the API server says: ${ended.why}`);
  const { exitStatus } = ended;
  // As kubectl says it.
  const more = exitStatus === 0 ? '' : `command terminated with exit code ${exitStatus}\n`;
  return ok({ stdout, stderr: stderr + more, exitStatus });
}

function silence(reason: string): { readonly ok: false; readonly failure: KubeSilence } {
  return fail({ state: 'failed', reason: reason.replace(/\.$/, '') });
}
