// What a reading cost its node: the shell's `times` (POSIX: the shell's own user and system time, then its children's), and how long
// each section ran, from the uptimes at its ends.
import { fail, ok, type Result } from '../result.ts';
import type { ReadSection } from './section-reading.ts';

export interface ReadingCost {
  /** The discovery's parts, as they were asked for. */
  readonly parts: readonly string[];
  /** ms of CPU; the pipes around the script are not in it. */
  readonly cpuMs: number;
  /** Longest first, to 10 ms of time that passed. */
  readonly sections: readonly { readonly command: string; readonly ms: number }[];
}

/** The last of the readings that asked for the same parts. */
export interface SummedCost extends ReadingCost {
  /** ms of CPU of all of them together. */
  readonly cpuMsInAll: number;
}

/** "0m0.010000s 0m0.020000s", twice; BusyBox prints fewer digits. */
const TIMES = /(\d{1,6})m(\d{1,2}(?:\.\d{1,9})?)s/g;

export function readingCost(stdout: string, sections: readonly ReadSection[]): Result<ReadingCost, string> {
  const parts = /^parts ([a-z0-9 -]*)$/m.exec(stdout)?.[1];
  const times = [...stdout.matchAll(TIMES)].map(
    ([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000,
  );
  if (parts === undefined || times.length !== 4) return fail('not what the shell’s times prints');
  return ok({
    parts: parts.split(' ').filter((part) => part !== '' && !/^pid\d/.test(part)),
    cpuMs: Math.round(times.reduce((sum, ms) => sum + ms, 0)),
    sections: sections
      .flatMap(({ head, ms }) => (typeof ms === 'number' ? { command: head.command, ms } : []))
      .toSorted((a, b) => b.ms - a.ms),
  });
}
