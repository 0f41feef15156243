// What is alive on this machine, by a marker that every process of a guard has in its environment.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LiveProcess {
  readonly pid: number;
  readonly command: string;
}

/** Processes whose environment or arguments hold `marker`; zombies have neither and are gone for our purpose. */
export function processesWith(marker: string): readonly LiveProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): LiveProcess[] => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ');
        const environ = readFileSync(`/proc/${name}/environ`, 'latin1');
        return environ.includes(marker) || command.includes(marker) ? [{ pid: Number(name), command }] : [];
      } catch {
        return []; // it ended while we looked
      }
    });
}

/** Milliseconds until no process but `except` has `marker`; Infinity when some still live after `limitMs`. */
export async function goneAfter(marker: string, limitMs: number, except?: number): Promise<number> {
  const started = performance.now();
  for (;;) {
    const left = processesWith(marker).filter(({ pid }) => pid !== except);
    const elapsed = performance.now() - started;
    if (left.length === 0) return elapsed;
    if (elapsed > limitMs) return Infinity;
    await sleep(50);
  }
}

/** Waits until `condition` holds, at most `limitMs`. */
export async function until(condition: () => boolean, limitMs: number): Promise<void> {
  const started = performance.now();
  while (!condition()) {
    if (performance.now() - started > limitMs)
      throw new Error(`not within ${limitMs} ms: ${condition.toString()}`);
    await sleep(20);
  }
}

/** /proc/PID/status, empty when it has ended. */
export function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}

/** 0 when it has ended. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(statusOf(pid))?.[1] ?? 0);
}
