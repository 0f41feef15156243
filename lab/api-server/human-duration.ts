// Ages as kubectl prints them. Source: k8s.io/apimachinery pkg/util/duration/duration.go (HumanDuration).

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** `seconds` since an event; a small negative one is clock skew and counts as 0. */
export function humanDuration(seconds: number): string {
  const whole = Math.trunc(seconds);
  if (whole < -1) return '<invalid>';
  if (whole < 0) return '0s';
  if (whole < 2 * MINUTE) return `${String(whole)}s`;
  if (whole < 10 * MINUTE) return twoUnits(whole, MINUTE, 'm', 1, 's');
  if (whole < 3 * HOUR) return oneUnit(whole, MINUTE, 'm');
  if (whole < 8 * HOUR) return twoUnits(whole, HOUR, 'h', MINUTE, 'm');
  if (whole < 2 * DAY) return oneUnit(whole, HOUR, 'h');
  if (whole < 8 * DAY) return twoUnits(whole, DAY, 'd', HOUR, 'h');
  if (whole < 2 * YEAR) return oneUnit(whole, DAY, 'd');
  if (whole < 8 * YEAR) return twoUnits(whole, YEAR, 'y', DAY, 'd');
  return oneUnit(whole, YEAR, 'y');
}

function oneUnit(seconds: number, unit: number, letter: string): string {
  return `${String(Math.floor(seconds / unit))}${letter}`;
}

function twoUnits(seconds: number, unit: number, letter: string, small: number, smallLetter: string): string {
  const rest = Math.floor((seconds % unit) / small);
  return `${oneUnit(seconds, unit, letter)}${rest === 0 ? '' : `${String(rest)}${smallLetter}`}`;
}

/** The age of an RFC 3339 time, `<unknown>` where there is none. */
export function ageOf(time: string, now: Date): string {
  const then = Date.parse(time);
  return Number.isNaN(then) ? '<unknown>' : humanDuration((now.getTime() - then) / 1000);
}
