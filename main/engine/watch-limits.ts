// When a watch ends by itself: one that is forgotten takes no node's time for ever.
import { clockTime } from './clock-time.ts';

/** Infinity: none. */
export interface WatchLimits {
  readonly seconds: number;
  readonly packets: number;
  /** That captures send. */
  readonly bytes: number;
}

/** Longer and more than anybody looks at; what is to run longer is asked for with a limit of its own (`hopscope watch --seconds`). */
export const windowLimits: WatchLimits = { seconds: 4 * 3_600, packets: Infinity, bytes: 16 * 1024 ** 3 };
export const noLimits: WatchLimits = { seconds: Infinity, packets: Infinity, bytes: Infinity };

/** A sentence; null: it goes on. */
export function limitReached(
  limits: WatchLimits,
  {
    ms,
    packets,
    bytes,
    now,
  }: { readonly ms: number; readonly packets: number; readonly bytes: number; readonly now: number },
): string | null {
  const said = (limit: string): string =>
    `The watch ended by itself at ${clockTime(now)}, ${limit}; what was captured until then stays. Start it again to go on.`;
  if (packets >= limits.packets)
    return said(`with ${count(packets)} packets, and ${count(limits.packets)} were asked for at most`);
  if (bytes >= limits.bytes)
    return said(`with ${size(bytes)} captured, and ${size(limits.bytes)} are the most`);
  if (ms >= limits.seconds * 1000) return said(`after ${lasted(limits.seconds)}`);
  return null;
}

const count = (number: number): string => number.toLocaleString('en');

function size(bytes: number): string {
  return bytes < 1_000_000
    ? `${count(Math.ceil(bytes / 1_000))} kB`
    : `${count(Math.round(bytes / 1_000_000))} MB`;
}

function lasted(seconds: number): string {
  const hours = seconds / 3_600;
  return hours >= 1 ? `${hours.toLocaleString('en')} ${hours === 1 ? 'hour' : 'hours'}` : `${seconds} s`;
}
