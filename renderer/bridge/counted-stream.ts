// A stream that main counts in bytes: what comes is taken once a frame, and the credit goes back when it is digested.
// A lost port, a refusal, or a frame that does not fit all end the same way: it is opened again.
import { createFrameBatch } from './frame-batch.ts';
import { openPort, type StreamRequest } from './open-port.ts';

export type StreamLink =
  { readonly state: 'connecting' | 'live' } | { readonly state: 'lost'; readonly sentence: string };

export interface CountedSink<M> {
  /** Takes a frame's messages in order; false when they do not fit what is held and the whole is needed. */
  take(messages: readonly M[]): boolean;
  linkChanged?(link: StreamLink): void;
  /** A fresh port: it knows nothing of what the page said on an earlier one. Null: it is gone. */
  sendChanged?(send: ((message: unknown) => void) | null): void;
  /** What comes without a count. */
  uncounted?(reply: (message: unknown) => void): void;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
const RETRY_FACTOR = 2;

/** Follows the stream until the signal aborts. */
export async function followCounted<M>(
  request: StreamRequest,
  sink: CountedSink<M>,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  let delay = FIRST_RETRY_MS;
  const over = (): boolean => signal.aborted;
  while (!over()) {
    sink.linkChanged?.({ state: 'connecting' });
    const opened = await openPort(request, { signal });
    if (over()) {
      if (opened.ok) opened.value.close();
      return;
    }
    if (opened.ok) {
      sink.linkChanged?.({ state: 'live' });
      const why = await readUntilBroken(opened.value, sink, signal);
      sink.sendChanged?.(null);
      if (why === 'received') delay = FIRST_RETRY_MS;
    } else {
      sink.linkChanged?.({ state: 'lost', sentence: opened.failure.sentence });
    }
    await pause(delay, signal);
    delay = Math.min(delay * RETRY_FACTOR, LAST_RETRY_MS);
  }
}

function readUntilBroken<M>(
  port: MessagePort,
  sink: CountedSink<M>,
  signal: AbortSignal,
): Promise<'received' | 'silent'> {
  let resolve: (why: 'received' | 'silent') => void = () => undefined;
  const promise = new Promise<'received' | 'silent'>((resolveEnd) => {
    resolve = resolveEnd;
  });
  let received = false;
  const send = (message: unknown): void => {
    port.postMessage(message);
  };
  const stop = (): void => {
    batch.dispose();
    port.close();
    signal.removeEventListener('abort', stop);
    resolve(received ? 'received' : 'silent');
  };
  // As JSON text; the page gives its length back when it has digested it.
  const batch = createFrameBatch<string>((texts) => {
    received = true;
    let fits: boolean;
    try {
      fits = sink.take(texts.map((text) => JSON.parse(text) as M));
    } catch (error) {
      // Without its credit the stream would stand still for ever: it is opened again, with the whole.
      console.error(error);
      fits = false;
    }
    if (!fits) {
      stop();
      return;
    }
    const bytes = texts.reduce((sum, text) => sum + text.length, 0);
    if (bytes > 0) send({ type: 'credit', bytes });
  });
  port.addEventListener('message', (event: MessageEvent<unknown>) => {
    const { data } = event;
    if (typeof data === 'string') batch.push(data);
    else sink.uncounted?.(send);
  });
  port.addEventListener('close', stop);
  signal.addEventListener('abort', stop, { once: true });
  port.start();
  sink.sendChanged?.(send);
  return promise;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener('abort', over);
  });
}
