// When a piece was printed: `date`, a prompt that shows the time, tcpdump's time of day. All in ms since the epoch.

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
/** Hours east of Greenwich of the names that `date` prints; another name is taken for UTC. */
const ZONES: Readonly<Record<string, number>> = {
  CET: 1,
  CEST: 2,
  MSK: 3,
  EET: 2,
  EEST: 3,
  BST: 1,
  IST: 5.5,
  JST: 9,
  KST: 9,
  CST: 8,
  EST: -5,
  EDT: -4,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};
const CLASSIC =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (?:([AP]M) )?([A-Z]{2,5}|[+-]\d{2,4}) (\d{4})$/;
const DAY_FIRST =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ?(?:([AP]M) )?([A-Z]{2,5}|[+-]\d{2,4})?$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d{1,9})? ?(Z|UTC|[+-]\d\d:?\d\d)?$/;
const EPOCH = /^(\d{10})(?:\.\d{1,9})?$/;

/** A line that is nothing but a date; null otherwise. */
export function dateLine(text: string): number | null {
  const line = text.trim();
  if (line.length > 60 || line.length < 10) return null;
  const classic = CLASSIC.exec(line);
  if (classic !== null) {
    const [, month = '', day, hour, minute, second, half, zone = '', year] = classic;
    return moment(Number(year), month, day, hour, minute, second, half, zone);
  }
  const dayFirst = DAY_FIRST.exec(line);
  if (dayFirst !== null) {
    const [, day, month = '', year, hour, minute, second, half, zone = ''] = dayFirst;
    return moment(Number(year), month, day, hour, minute, second, half, zone);
  }
  const iso = ISO.exec(line);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, zone = ''] = iso;
    return moment(Number(year), MONTHS[Number(month) - 1] ?? '', day, hour, minute, second, undefined, zone);
  }
  const epoch = EPOCH.exec(line)?.[1];
  return epoch === undefined ? null : Number(epoch) * 1000;
}

function moment(
  year: number,
  month: string,
  day: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
  half: string | undefined,
  zone: string,
): number | null {
  const at = MONTHS.indexOf(month);
  if (at < 0) return null;
  const hours = (Number(hour) % (half === undefined ? 24 : 12)) + (half === 'PM' ? 12 : 0);
  return Date.UTC(year, at, Number(day), hours, Number(minute), Number(second)) - offsetMs(zone);
}

function offsetMs(zone: string): number {
  const numeric = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (numeric !== null) {
    const minutes = Number(numeric[2]) * 60 + Number(numeric[3] ?? 0);
    return (numeric[1] === '-' ? -minutes : minutes) * 60_000;
  }
  return (Object.hasOwn(ZONES, zone) ? (ZONES[zone] ?? 0) : 0) * 3_600_000;
}

/** A time of day, `21:10:19` or with its date before it, on the last such day that is not after `before`. */
export function timeOfDay(text: string, before: number): number | null {
  const match = /^(?:(\d{4}-\d\d-\d\d)[T ])?(\d\d):(\d\d):(\d\d)/.exec(text);
  if (match === null) return null;
  const [, day, hour, minute, second] = match;
  const within = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
  if (day !== undefined) {
    const start = Date.parse(`${day}T00:00:00Z`);
    return Number.isNaN(start) ? null : start + within;
  }
  const dayMs = 86_400_000;
  const at = Math.floor(before / dayMs) * dayMs + within;
  // A clock may be a little ahead, and its zone is unknown.
  return at > before + 3_600_000 ? at - dayMs : at;
}
