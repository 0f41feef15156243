// What a guard has to end: everything that has outlived its parents elsewhere.
import type { FollowStream } from '../follow.ts';
import { goneAfter, processesWith, until } from './processes.ts';

/** Issue 2: no process of ours on any node within 15 s. */
const LIMIT_MS = 15_000;
/** The deadlines of an issue are asserted at three times, the measured value is printed (DESIGN §10). */
export const ALLOWED_MS = 3 * LIMIT_MS;
/** Before silence could have done it (SILENCE_S of guard-script.ts): what ended the guard was the end of its channel. */
export const NO_SILENCE_MS = 8_000;

/** Sleeps a second guard's cannot be mistaken for. */
let nextTag = process.pid * 1000;

export interface Load {
  /** In the arguments of every sleep. */
  readonly sleeps: string;
  readonly streams: readonly FollowStream[];
}

/** What has outlived its parents elsewhere: grandchildren, one in a session of its own, one that ignores signals,
 * one without our marker, and one blocked in a write as soon as nobody reads. Seven sleeps. */
export function load(): Load {
  const sleeps = `1000.${nextTag++}`;
  const one = `sleep ${sleeps}`;
  return {
    sleeps,
    streams: [
      { name: 'grandchildren', command: `(${one} & ${one}) & ${one}` },
      { name: 'own-session', command: `setsid ${one} & ${one}` },
      { name: 'stubborn', command: `trap '' HUP INT TERM PIPE; ${one} & while :; do sleep 500; done` },
      { name: 'no-environment', command: `env -i ${one}` },
      { name: 'blocked', command: 'yes' },
    ],
  };
}
export const SLEEPS = 7;

/** Waits until all sleeps of `load` sleep. */
export async function underWay(tag: string): Promise<void> {
  await until(
    () => processesWith(tag).filter(({ command }) => command.startsWith('sleep')).length === SLEEPS,
    10_000,
  );
}

/** Milliseconds until nothing of a guard lives: by the marker, and by what its sleeps were called. */
export async function allGone(id: string, tag: string, except?: number): Promise<number> {
  const [marked, named] = await Promise.all([
    goneAfter(marker(id), ALLOWED_MS, except),
    goneAfter(tag, ALLOWED_MS, except),
  ]);
  return Math.max(marked, named);
}

export const marker = (id: string): string => `HOPSCOPE_GUARD=${id}`;
