// What a node's ledger counted lately, for detectors that need a counter to move.
import type { DropEntry } from '../ledger/drop-entry.ts';
import type { DropReason } from '../ledger/drop-reasons.ts';
import type { DiagnosedNode } from './cluster.ts';

/** Older ones may be of something that is over. Seconds. */
const RECENT_S = 60;

export interface RecentDrops {
  /** Seconds that were looked at; 0 before the second sample. */
  readonly seconds: number;
  readonly entries: readonly DropEntry[];
}

/** @param withinS how old they may be, in seconds. */
export function recentDrops({ ledger }: DiagnosedNode, withinS = RECENT_S): RecentDrops {
  const now = ledger?.last.at.s ?? 0;
  const intervals = (ledger?.intervals ?? []).filter(({ to }) => now - to.s <= withinS);
  const [first] = intervals;
  if (first === undefined || ledger === null) return { seconds: 0, entries: [] };
  const { at } = ledger.last;
  return {
    seconds: at.s - first.from.s + (at.ns - first.from.ns) / 1e9,
    entries: intervals.flatMap(({ entries }) => entries),
  };
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
