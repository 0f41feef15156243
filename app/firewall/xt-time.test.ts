import { expect, it } from 'vitest';
import { xtRuleSpec } from '../probe/xt-rule.ts';
import { UNKNOWN_CONTEXT } from './hook-context.ts';
import type { PacketView } from './packet-view.ts';
import { moduleStep } from './xt-modules.ts';
import { Unknown } from './filter-value.ts';

/** What `-m time OPTIONS` says at that time of UTC; null: it is not known. */
function holds(options: string, at: string | null): boolean | null {
  const [match] = xtRuleSpec(`-m time ${options} -j DROP`).matches;
  if (match?.kind !== 'other') throw new Error('no match of a module');
  const step = moduleStep(match);
  if (step.kind !== 'test') throw new Error('no test');
  const context = { ...UNKNOWN_CONTEXT, ...(at === null ? {} : { now: Date.parse(at) / 1000 }) };
  const answer = step.test({ context, presume: () => undefined } as unknown as PacketView);
  return answer instanceof Unknown ? null : answer === true;
}

// The 27th of November 2026 is a Friday.
it.each([
  ['--timestart 08:00:00 --timestop 17:30:00', '2026-11-27T08:00:00Z', true],
  ['--timestart 08:00:00 --timestop 17:30:00', '2026-11-27T17:30:01Z', false],
  ['--timestart 22:00:00 --timestop 06:00:00', '2026-11-27T23:00:00Z', true],
  ['--timestart 22:00:00 --timestop 06:00:00', '2026-11-27T12:00:00Z', false],
  ['--timestart 12:00:00 --timestop 12:00:00', '2026-11-27T17:00:00Z', true],
  ['--weekdays Sat,Sun', '2026-11-27T12:00:00Z', false],
  ['! --weekdays Sat,Sun', '2026-11-27T12:00:00Z', true],
  ['--monthdays 27,28', '2026-11-27T12:00:00Z', true],
  ['--datestart 2026-11-28T00:00:00', '2026-11-27T12:00:00Z', false],
  ['--datestart 2026-11-01T00:00:00 --datestop 2026-11-30T00:00:00', '2026-11-27T12:00:00Z', true],
  ['--timestart 22:00:00 --timestop 06:00:00 --weekdays Fri', '2026-11-28T05:00:00Z', false],
  ['--timestart 22:00:00 --timestop 06:00:00 --weekdays Fri --contiguous', '2026-11-28T05:00:00Z', true],
  ['--timestart 08:00:00 --timestop 17:30:00', null, null],
  ['--timestart 08:00:00 --timestop 17:30:00 --kerneltz', '2026-11-27T12:00:00Z', null],
])('-m time %s at %s: %s', (options, at, expected) => expect(holds(options, at)).toBe(expected));
