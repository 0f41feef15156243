// When a connection counts as stale: before it is given up, and without asking the peer anything more.
import type { Duplex } from 'node:stream';

/**
 * A healthy peer answers every keepalive, so bytes come in at least that often: half an interval more without any,
 * and it is called silent. Returns what ends the watching.
 */
export function watchSilence(
  stream: Duplex,
  keepaliveMs: number,
  onSilence: (silent: boolean) => void,
): () => void {
  let overdue = false;
  const tell = (now: boolean): void => {
    if (overdue === now) return;
    overdue = now;
    onSilence(now);
  };
  const timer = setTimeout(() => tell(true), keepaliveMs * 1.5);
  const heard = (): void => {
    timer.refresh();
    if (overdue) tell(false);
  };
  stream.on('data', heard);
  return () => {
    clearTimeout(timer);
    stream.off('data', heard);
  };
}
