// How a node stands, and whether what is shown of it may no longer hold. Whoever shows a node's facts asks here.
import { stable } from '../../app/topology/stable.ts';
import type { NodeStatus } from '../../app/contract/session.ts';
import { ageText, clockText } from './text.ts';

/**
 * The statuses as the picture needs them, the same objects as before where they say the same. When a current node
 * was last read is left out: it moves with every reading and changes nothing that is drawn.
 */
export function standingsOf(
  statuses: readonly NodeStatus[],
  before: readonly NodeStatus[],
): readonly NodeStatus[] {
  return stable(
    before,
    statuses.map((status) => (isCurrent(status) ? { ...status, lastFactsAt: null } : status)),
  );
}

/** The standing of a node whose facts may no longer hold; null while they are current. */
export function staleStanding(standings: readonly NodeStatus[], label: string): NodeStatus | null {
  const standing = standings.find((each) => each.label === label);
  return standing === undefined || isCurrent(standing) ? null : standing;
}

/** A node that is connected again shows its old facts until it has been read. */
export function isCurrent({ state, lastFactsAt, since }: NodeStatus): boolean {
  return state === 'connected' && (lastFactsAt === null || lastFactsAt >= since);
}

const words: Record<NodeStatus['state'], string> = {
  connected: 'is not read again yet',
  connecting: 'is reconnecting',
  stale: 'is stale',
  waiting: 'is not connected',
  failed: 'cannot be connected',
};

/** "as of 14:02:11 UTC · k8s-worker-2 is stale". */
export function asOfText({ label, state, lastFactsAt }: NodeStatus): string {
  const what = `${label} ${words[state]}`;
  return lastFactsAt === null ? what : `as of ${clockText(lastFactsAt)} UTC · ${what}`;
}

/** "last read 19 s ago". */
export function lastReadText({ lastFactsAt }: NodeStatus, now: number): string {
  return lastFactsAt === null ? 'never read' : `last read ${ageText(now - lastFactsAt)} ago`;
}

/** When the oldest facts that are shown were read, ms since the epoch; null when there are none. */
export function oldestFactsAt(statuses: readonly NodeStatus[]): number | null {
  const times = statuses.flatMap(({ lastFactsAt }) => lastFactsAt ?? []);
  return times.length === 0 ? null : Math.min(...times);
}
