// `-m time`: whether a rule is for packets of now (net/netfilter/xt_time.c time_mt), by the clock of the node when its rules were read.
import type { XtOption } from '../probe/rule-spec.ts';
import { Unknown } from './filter-value.ts';
import { test, unknownTest, type Step } from './rule-program.ts';

const DAY = 86_400;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

interface Asked {
  /** Seconds since the epoch; both inclusive. */
  readonly from: number;
  readonly to: number;
  /** Seconds of the day; both inclusive. */
  readonly begins: number;
  readonly ends: number;
  readonly weekdays: ReadonlySet<number> | null;
  readonly monthdays: ReadonlySet<number> | null;
  readonly contiguous: boolean;
}

/** Times are of UTC: of the kernel's own zone (`--kerneltz`) nothing is read. */
export function timeStep(options: readonly XtOption[], text: string): Step {
  const asked = askedBy(options);
  if (asked === null) return unknownTest(`“${text}” cannot be known`);
  return test((view) => {
    const { now } = view.context;
    if (now === undefined) return new Unknown('the time on the node is not known');
    const holds = isTime(asked, now);
    view.presume(
      `By the node’s clock it is ${clock(now)}, which the rule is ${holds ? '' : 'not '}for (${text}).`,
    );
    return holds;
  });
}

function askedBy(options: readonly XtOption[]): Asked | null {
  const value = (name: string): string | undefined => options.find((one) => one.name === name)?.values[0];
  const days = (name: string, of: (word: string) => number, all: readonly number[]): Set<number> | null => {
    const option = options.find((one) => one.name === name);
    if (option === undefined) return null;
    const told = new Set((option.values[0] ?? '').split(',').map(of));
    return option.negated ? new Set(all.filter((day) => !told.has(day))) : told;
  };
  const asked: Asked = {
    from: dateOf(value('--datestart')) ?? 0,
    to: dateOf(value('--datestop')) ?? Infinity,
    begins: secondsOf(value('--timestart')) ?? 0,
    ends: secondsOf(value('--timestop')) ?? DAY - 1,
    weekdays: days('--weekdays', (word) => WEEKDAYS.indexOf(word), [...WEEKDAYS.keys()]),
    monthdays: days(
      '--monthdays',
      Number,
      Array.from({ length: 31 }, (_, at) => at + 1),
    ),
    contiguous: options.some(({ name }) => name === '--contiguous'),
  };
  const known = [
    '--datestart',
    '--datestop',
    '--timestart',
    '--timestop',
    '--weekdays',
    '--monthdays',
    '--contiguous',
    '--utc',
  ];
  const numbers = [
    asked.from,
    asked.to,
    asked.begins,
    asked.ends,
    ...(asked.weekdays ?? []),
    ...(asked.monthdays ?? []),
  ];
  return options.every(({ name }) => known.includes(name)) && numbers.every((one) => one >= 0) ? asked : null;
}

/** Days are those of the time as it is; of a span over midnight that is one (`--contiguous`), those of its beginning. */
function isTime({ from, to, begins, ends, weekdays, monthdays, contiguous }: Asked, now: number): boolean {
  if (now < from || now > to) return false;
  const second = now % DAY;
  // A span of one second is none: the kernel takes it for the whole day.
  const isOverMidnight = begins >= ends;
  if (isOverMidnight ? second < begins && second > ends : second < begins || second > ends) return false;
  const day = new Date((now - (isOverMidnight && contiguous && second <= ends ? DAY : 0)) * 1000);
  return weekdays?.has(day.getUTCDay()) !== false && monthdays?.has(day.getUTCDate()) !== false;
}

/** NaN where it is not understood. */
function dateOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(`${text}Z`) / 1000;
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [hours = Number.NaN, minutes = Number.NaN, seconds = 0] = text.split(':').map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}

function clock(now: number): string {
  return `${new Date(now * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
