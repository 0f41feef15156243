// The session's stream: one view, one topology, then patches. A gap in revisions, a lost port or a refusal
// all end the same way: open it again, since main starts every stream with the whole.
import type { SESSION_PING, SessionMessage, SessionReply } from '../../app/contract/session.ts';
import { openPort } from './open-port.ts';
import { createFrameBatch } from './frame-batch.ts';

export interface SessionSink {
  /** Takes a frame's messages in order; false when a patch did not fit and the whole is needed. */
  take(messages: readonly SessionMessage[]): boolean;
  linkChanged(link: SessionLink): void;
}

export type SessionLink =
  { readonly state: 'connecting' | 'live' } | { readonly state: 'lost'; readonly sentence: string };

/** Main counts the bytes of each message; the page gives the same number back when it has digested it. */
interface Counted {
  readonly message: SessionMessage;
  readonly bytes: number;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
const RETRY_FACTOR = 2;

/** Follows the session until the signal aborts. */
export async function followSession(sink: SessionSink, { signal }: { signal: AbortSignal }): Promise<void> {
  let delay = FIRST_RETRY_MS;
  const over = (): boolean => signal.aborted;
  while (!over()) {
    sink.linkChanged({ state: 'connecting' });
    const opened = await openPort({ kind: 'session' }, { signal });
    if (over()) {
      if (opened.ok) opened.value.close();
      return;
    }
    if (opened.ok) {
      sink.linkChanged({ state: 'live' });
      const why = await readUntilBroken(opened.value, sink, signal);
      if (why === 'received') delay = FIRST_RETRY_MS;
    } else {
      sink.linkChanged({ state: 'lost', sentence: opened.failure.sentence });
    }
    await pause(delay, signal);
    delay = Math.min(delay * RETRY_FACTOR, LAST_RETRY_MS);
  }
}

function readUntilBroken(
  port: MessagePort,
  sink: SessionSink,
  signal: AbortSignal,
): Promise<'received' | 'silent'> {
  let resolve: (why: 'received' | 'silent') => void = () => undefined;
  const promise = new Promise<'received' | 'silent'>((resolveEnd) => {
    resolve = resolveEnd;
  });
  let received = false;
  const reply = (message: SessionReply): void => {
    port.postMessage(message);
  };
  const stop = (): void => {
    batch.dispose();
    port.close();
    signal.removeEventListener('abort', stop);
    resolve(received ? 'received' : 'silent');
  };
  const batch = createFrameBatch<Counted>((counted) => {
    received = true;
    let fits: boolean;
    try {
      fits = sink.take(counted.map((each) => each.message));
    } catch (error) {
      // Without its credit the stream would stand still for ever: it is opened again, with the whole.
      console.error(error);
      fits = false;
    }
    if (!fits) {
      stop();
      return;
    }
    const bytes = counted.reduce((sum, each) => sum + each.bytes, 0);
    if (bytes > 0) reply({ type: 'credit', bytes });
  });
  port.addEventListener('message', (event: MessageEvent<Counted | typeof SESSION_PING>) => {
    if ('message' in event.data) batch.push(event.data);
    else reply({ type: 'pong' });
  });
  port.addEventListener('close', stop);
  signal.addEventListener('abort', stop, { once: true });
  port.start();
  return promise;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
