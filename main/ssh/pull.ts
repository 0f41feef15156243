// A Node stream read by pull: nothing is taken from it until somebody asks, so SSH's window closes behind a slow reader.
import type { Readable } from 'node:stream';

export interface Pull extends AsyncIterable<Uint8Array> {
  /** No more will come, though the stream has not said so: what is buffered is still handed out. */
  cut(): void;
  /** Nobody will ask again: what still comes is read and dropped, so that the stream gets to its end. */
  drain(): void;
}

/** Unlike a stream's own iterator it does not destroy the stream when the loop is left early (ssh2 would close the channel). */
export function pull(stream: Readable, onRead: (bytes: number) => void): Pull {
  let over = stream.readableEnded;
  let wake: (() => void) | null = null;
  const ring = (): void => {
    wake?.();
    wake = null;
  };
  const cut = (): void => {
    over = true;
    ring();
  };
  stream.on('readable', ring);
  stream.once('end', cut);
  stream.once('close', cut);

  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    for (;;) {
      const chunk: unknown = stream.read();
      if (chunk instanceof Uint8Array) {
        onRead(chunk.byteLength);
        return { done: false, value: chunk };
      }
      if (over) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const drain = (): void => {
    cut();
    // While anybody listens for 'readable', resume() does nothing (Node's stream documentation).
    stream.off('readable', ring);
    stream.on('data', () => undefined);
    stream.resume();
  };
  return { cut, drain, [Symbol.asyncIterator]: () => ({ next }) };
}
