// A port arrives as a window message with the nonce we chose (contextBridge cannot carry ports).
import type { CallRequest } from '../../app/contract/calls.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { call, sentenceOf } from './call.ts';

export type StreamRequest = CallRequest<'stream.open'>['stream'];

/** Main sends the port right after it agreed; longer than this and it never will. */
const PORT_TIMEOUT_MS = 10_000;

export async function openPort(
  stream: StreamRequest,
  { signal }: { signal: AbortSignal },
): Promise<Result<MessagePort, { readonly sentence: string }>> {
  const nonce = crypto.randomUUID();
  const waiting = portFor(nonce, signal);
  try {
    const answer = await call('stream.open', { nonce, stream });
    if (!answer.ok) {
      waiting.cancel();
      return fail({ sentence: answer.sentence });
    }
  } catch (error) {
    waiting.cancel();
    return fail({ sentence: sentenceOf(error) });
  }
  const port = await waiting.port;
  return port === null
    ? fail({ sentence: 'The stream was agreed on but never arrived. Try again.' })
    : ok(port);
}

function portFor(
  nonce: string,
  signal: AbortSignal,
): { port: Promise<MessagePort | null>; cancel: () => void } {
  let resolve: (port: MessagePort | null) => void = () => undefined;
  const promise = new Promise<MessagePort | null>((resolvePort) => {
    resolve = resolvePort;
  });
  const settle = (port: MessagePort | null): void => {
    window.removeEventListener('message', onMessage);
    signal.removeEventListener('abort', cancel);
    clearTimeout(timer);
    resolve(port);
  };
  const onMessage = (event: MessageEvent<unknown>): void => {
    if (event.source !== window || !isPortMessage(event.data) || event.data.hopscopePort !== nonce) return;
    settle(event.ports[0] ?? null);
  };
  const cancel = (): void => {
    settle(null);
  };
  const timer = setTimeout(cancel, PORT_TIMEOUT_MS);
  window.addEventListener('message', onMessage);
  signal.addEventListener('abort', cancel, { once: true });
  return { port: promise, cancel };
}

function isPortMessage(message: unknown): message is { hopscopePort: string } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'hopscopePort' in message &&
    typeof message.hopscopePort === 'string'
  );
}
