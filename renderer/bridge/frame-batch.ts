/** Whatever is pushed between two frames is handled once, before the second (DESIGN: never lags). */
export interface FrameBatch<T> {
  push(item: T): void;
  dispose(): void;
}

export interface FrameClock {
  request(callback: () => void): number;
  cancel(handle: number): void;
}

/** A hidden page gets no animation frames, so a slow timer stands in and memory stays bounded. */
const HIDDEN_INTERVAL_MS = 250;

export const browserFrames: FrameClock = {
  request: (callback) =>
    document.visibilityState === 'hidden'
      ? -window.setTimeout(callback, HIDDEN_INTERVAL_MS)
      : window.requestAnimationFrame(callback),
  cancel: (handle) => {
    if (handle < 0) window.clearTimeout(-handle);
    else window.cancelAnimationFrame(handle);
  },
};

export function createFrameBatch<T>(
  handle: (items: readonly T[]) => void,
  clock: FrameClock = browserFrames,
): FrameBatch<T> {
  let items: T[] = [];
  let scheduled: number | null = null;
  const flush = (): void => {
    scheduled = null;
    const batch = items;
    items = [];
    handle(batch);
  };
  return {
    push(item) {
      items.push(item);
      scheduled ??= clock.request(flush);
    },
    dispose() {
      if (scheduled !== null) clock.cancel(scheduled);
      scheduled = null;
      items = [];
    },
  };
}
