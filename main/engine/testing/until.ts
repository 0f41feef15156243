import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until it holds; fails after so many ms. */
export async function until(what: string, holds: () => boolean, deadlineMs: number): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > deadlineMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(20);
  }
}
