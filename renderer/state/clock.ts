import { useSyncExternalStore } from 'react';

/** Ages are said in seconds, so one tick a second serves every label on the page. */
const TICK_MS = 1_000;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let now = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** Now, in ms since the epoch, renewed every second; 0 and no renewal for whoever does not need it. */
export function useNow(needed = true): number {
  return useSyncExternalStore(needed ? subscribe : idle, () => (needed ? now : 0));
}

function idle(): () => void {
  return () => undefined;
}
