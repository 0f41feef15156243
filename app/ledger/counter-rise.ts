// How much a counter rose between two samples: over wraps and restarts, and never a number that nobody counted.
import type { CpuCounters } from '../probe/counter-facts.ts';

const WRAP = 2 ** 32;

/**
 * A counter that fell by more than half its 32 bits wrapped (a 32-bit kernel, a column of /proc/net/stat); one that fell
 * otherwise began again at zero.
 */
export function rise(before: number, after: number): number {
  if (after >= before) return after - before;
  if (before < WRAP && before - after > WRAP / 2) return after + WRAP - before;
  return after;
}

/** A column of every CPU together; one with other CPUs than before is not compared. */
export function cpuRise(before: CpuCounters, after: CpuCounters, column: string): number {
  const old = before.get(column);
  const now = after.get(column);
  if (old === undefined || now === undefined || old.length !== now.length) return 0;
  return now.reduce((sum, value, cpu) => sum + rise(old[cpu] ?? value, value), 0);
}
