// The watch's streams. What the page wants of them (which rows, interfaces, trails) is said again on every fresh port.
import type {
  HighlightsFromPage,
  HighlightsMessage,
  PacketsFromPage,
  PacketsMessage,
} from '../../app/contract/watch.ts';
import type { TrailsFromPage, TrailsMessage } from '../../app/contract/trails.ts';
import { type CountedSink, followCounted } from './counted-stream.ts';

export interface Wish<T> {
  /** What is wished now; null: nothing yet. */
  current(): T | null;
  /** Calls the listener whenever it has changed. */
  subscribe(listener: () => void): () => void;
}

export function followPackets(
  sink: Pick<CountedSink<PacketsMessage>, 'take' | 'linkChanged'>,
  window: Wish<PacketsFromPage>,
  options: { signal: AbortSignal },
): Promise<void> {
  return followCounted({ kind: 'packets' }, { ...sink, ...telling(window) }, options);
}

export function followHighlights(
  sink: Pick<CountedSink<HighlightsMessage>, 'take'>,
  visible: Wish<HighlightsFromPage>,
  options: { signal: AbortSignal },
): Promise<void> {
  return followCounted({ kind: 'highlights' }, { ...sink, ...telling(visible) }, options);
}

export function followTrails(
  sink: Pick<CountedSink<TrailsMessage>, 'take' | 'linkChanged'>,
  window: Wish<TrailsFromPage>,
  options: { signal: AbortSignal },
): Promise<void> {
  return followCounted({ kind: 'trails' }, { ...sink, ...telling(window) }, options);
}

function telling<T>(wish: Wish<T>): Pick<CountedSink<unknown>, 'sendChanged'> {
  let unsubscribe: () => void = () => undefined;
  return {
    sendChanged(send) {
      unsubscribe();
      unsubscribe = () => undefined;
      if (send === null) return;
      const say = (): void => {
        const current = wish.current();
        if (current !== null) send(current);
      };
      say();
      unsubscribe = wish.subscribe(say);
    },
  };
}
