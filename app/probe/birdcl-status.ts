// `birdcl show status` (nest/cmds.c cmd_show_status) and what BIRD's printed times mean by the node's clock: BIRD
// prints local time, by its own process's zone, and where a time is near it leaves the day out (lib/timer.c).
import type { NodeTime } from './facts.ts';

export interface BirdStatus {
  readonly version: string | null;
  readonly routerId: string | null;
  /** As printed, `timeformat base`. */
  readonly serverTime: string | null;
  readonly lastReboot: string | null;
  readonly lastReconfiguration: string | null;
}

/** Characters; BIRD's own is 200. */
const LONGEST_STATUS = 4_000;

export function parseBirdStatus(text: string): BirdStatus {
  const lines = text.slice(0, LONGEST_STATUS).split('\n');
  const after = (words: string): string | null =>
    lines
      .find((line) => line.startsWith(`${words} `))
      ?.slice(words.length)
      .trim() ?? null;
  const named = (pattern: RegExp): string | null =>
    lines.flatMap((line) => pattern.exec(line)?.[1] ?? [])[0] ?? null;
  return {
    version: named(/^BIRD (\S+) ready\.$/) ?? named(/^BIRD (\S+)$/),
    routerId: after('Router ID is'),
    serverTime: after('Current server time is'),
    lastReboot: after('Last reboot on'),
    lastReconfiguration: after('Last reconfiguration on'),
  };
}

export interface BirdClock {
  /** ms since the epoch, as if BIRD's local time were UTC. */
  readonly local: number;
  /** Seconds by which local time is ahead of UTC. */
  readonly zone: number;
}

/** Zones of the world lie on quarters of an hour; whatever else differs is the time that the command took. */
const ZONE_STEP_MS = 15 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** `at`: the node's time when the command began. Null when BIRD's `timeformat base` is not one that we read. */
export function birdClock({ serverTime }: BirdStatus, at: NodeTime | null): BirdClock | null {
  const local = serverTime === null ? null : dated(serverTime);
  if (local === null || at === null) return null;
  const zone = Math.round((local - (at.s * 1000 + at.ns / 1e6)) / ZONE_STEP_MS) * ZONE_STEP_MS;
  // A clock beyond the world's zones (−12 h to +14 h) is set by hand: then nothing printed can be told.
  return Math.abs(zone) > 14 * 60 * 60 * 1000 ? null : { local, zone: zone / 1000 };
}

/** Null for a day alone, and for a format that we do not read. */
export function birdTime(printed: string, clock: BirdClock | null): NodeTime | null {
  if (clock === null) return null;
  const whole = dated(printed);
  if (whole !== null) return nodeTime(whole, clock);
  const time = timeOfDay(printed);
  if (time === null) return null;
  const midnight = Math.floor(clock.local / DAY_MS) * DAY_MS;
  // Today's, unless that is yet to come; a second of slack for what happened while BIRD answered.
  const today = midnight + time;
  return nodeTime(today > clock.local + 1000 ? today - DAY_MS : today, clock);
}

function nodeTime(local: number, { zone }: BirdClock): NodeTime {
  const ms = local - zone * 1000;
  return { s: Math.floor(ms / 1000), ns: Math.round(ms - Math.floor(ms / 1000) * 1000) * 1_000_000 };
}

/** `2026-11-26 08:18:39.562`, BIRD's "iso long" with or without parts of a second. */
function dated(text: string): number | null {
  const found = /^(\d{4})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)$/.exec(text);
  if (found === null) return null;
  const day = Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
  const time = timeOfDay(found[4] ?? '');
  return time === null ? null : day + time;
}

/** ms since midnight. */
function timeOfDay(text: string): number | null {
  const found = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text);
  if (found === null) return null;
  const [hours, minutes, seconds] = [Number(found[1]), Number(found[2]), Number(found[3])];
  if (hours > 23 || minutes > 59 || seconds > 60) return null;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + Math.floor(Number(`0.${found[4] ?? '0'}`) * 1000);
}
