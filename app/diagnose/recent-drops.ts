// What a node's ledger counted lately, for detectors that need a counter to move.
import type { DropEntry } from '../ledger/drop-entry.ts';
import type { DropReason } from '../ledger/drop-reasons.ts';
import { secondsBetween } from '../ledger/seconds-between.ts';
import type { DiagnosedNode } from './cluster.ts';

/** Older ones may be of something that is over. Seconds. */
const RECENT_S = 60;

export interface RecentDrops {
  /** Seconds that were looked at; 0 before the second sample. */
  readonly seconds: number;
  readonly entries: readonly DropEntry[];
}

/** @param withinS how old they may be, in seconds. */
export function recentDrops(node: DiagnosedNode, withinS = RECENT_S): RecentDrops {
  const intervals = recentIntervals(node, withinS);
  return {
    seconds: intervals[0]?.begunS ?? 0,
    entries: intervals.flatMap(({ entries }) => entries),
  };
}

interface RecentInterval {
  readonly entries: readonly DropEntry[];
  /** How many seconds before the last sample it began, and ended. */
  readonly begunS: number;
  readonly agoS: number;
}

/** The oldest first. */
export function recentIntervals({ ledger }: DiagnosedNode, withinS: number): RecentInterval[] {
  if (ledger === null) return [];
  const { at: now } = ledger.last;
  return ledger.intervals
    .filter(({ to }) => now.s - to.s <= withinS)
    .map(({ from, to, entries }) => ({
      entries,
      begunS: secondsBetween(from, now),
      agoS: secondsBetween(to, now),
    }));
}

/** Packets by reason, of one namespace (null: the node's own) or of all where it is left out. */
export function packetsOf(
  { entries }: RecentDrops,
  reason: DropReason,
  where: Partial<Pick<DropEntry, 'namespace' | 'device'>> = {},
): number {
  return entries
    .filter(
      (entry) =>
        entry.reason === reason &&
        (where.namespace === undefined || entry.namespace === where.namespace) &&
        (where.device === undefined || entry.device === where.device),
    )
    .reduce((sum, { packets }) => sum + packets, 0);
}
