// `--hint`, as often as there is something to say: one of a small set, two of them with a value.
import { InvalidArgumentError } from 'commander';
import { hintSchema, HINT_WORDS, type Hint } from '../../app/diagnose/hint.ts';

const mostHints = 8;
const dayMs = 86_400_000;

/** Lines for the help text. */
export const HINT_HELP = Object.entries(HINT_WORDS)
  .map(([name, words]) => `${shape(name)} (${words})`)
  .join(', ');

function shape(name: string): string {
  return name === 'from-node' ? 'from-node=NODE' : name === 'since' ? 'since=HH:MM' : name;
}

/** @param now ms since the epoch: a time of day is the last one that has passed. */
export function hintOption(now: () => number): (text: string, before: readonly Hint[] | undefined) => Hint[] {
  return (text, before = []) => {
    if (before.length >= mostHints) throw new InvalidArgumentError(`There are at most ${mostHints} hints.`);
    return [...before, hintOf(text, now())];
  };
}

function hintOf(text: string, now: number): Hint {
  const [, kind = '', value] = /^([a-z-]+)(?:=(.*))?$/s.exec(text) ?? [];
  const valued =
    kind === 'from-node' ? { node: value } : kind === 'since' ? { at: timeOf(value ?? '', now) } : {};
  const plain = value === undefined || kind === 'from-node' || kind === 'since';
  const read = hintSchema.safeParse({ kind, ...valued });
  if (!read.success || !plain) throw new InvalidArgumentError(`It takes ${HINT_HELP}.`);
  return read.data;
}

/** `10:30` of this machine's day, or a date and time (`2026-11-26T10:30Z`). Seconds since the epoch; NaN: neither. */
function timeOf(text: string, now: number): number {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined)
    return /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) / 1000 : NaN;
  const today = new Date(now).setHours(Number(hours), Number(minutes), 0, 0);
  return (today > now ? today - dayMs : today) / 1000;
}
