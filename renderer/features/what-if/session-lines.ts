// BGP sessions that end with what fails, in few lines: of a node there may be a hundred, and of all of them the same is to be said. Pure.
import { grouped } from '../../../app/grouped.ts';
import type { WhatIfAnswer } from '../../../app/diagnose/what-if/model.ts';
import { whatIfStrings } from './strings.ts';

type Sessions = Extract<WhatIfAnswer, { ok: true }>['sessions'];

/** Named in one line. */
const MOST_NAMED = 6;

export function sessionLines(sessions: Sessions): string[] {
  return [...grouped(sessions, ({ sentence }) => sentence)].map(([then, alike]) => {
    const names = alike.slice(0, MOST_NAMED).map(({ sides }) => sides.join(' – '));
    const left = alike.length - names.length;
    return `${[...names, ...(left > 0 ? [whatIfStrings.left(left)] : [])].join(', ')}: ${then}`;
  });
}
