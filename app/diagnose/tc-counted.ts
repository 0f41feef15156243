// What tc counted as dropped, as the ledger tells it: by which queue or filter.
import { dropped, letOut } from '../ledger/reckon-tc.ts';
import type { DropEntry } from '../ledger/drop-entry.ts';

/** Their work is to drop what they have no room for, so that TCP slows down (net/sched): whoever has none of another kind has one of these. */
const ORDINARY: ReadonlySet<string> = new Set([
  ...['noqueue', 'pfifo_fast', 'mq', 'mqprio', 'multiq', 'prio', 'drr', 'ets'],
  ...['fq', 'fq_codel', 'fq_pie', 'codel', 'pie', 'cake', 'sfq', 'dualpi2'],
]);

/** The kind of a queue that somebody put there, to shape, to limit or to lose; null of any other entry. */
export function shaperOf({ reason, proof: [first] }: DropEntry): string | null {
  if (reason !== 'qdisc') return null;
  const [, kind = ''] = first?.counter.split(' ') ?? [];
  return kind === '' || ORDINARY.has(kind) ? null : kind;
}

/** Fewer are a chance. */
export const FEW_LOST = 3;
/** A shaper that loses less than that slows TCP down as it is to. */
const LEAST_SHARE = 0.1;

/** A queue that somebody put there loses a good part of what comes to it. */
export function isShaped(entries: readonly DropEntry[]): boolean {
  const own = entries.filter((entry) => shaperOf(entry) !== null);
  const lost = own.reduce((sum, { packets }) => sum + packets, 0);
  return lost >= FEW_LOST && (shareLost(own) ?? 0) >= LEAST_SHARE;
}

export function shareLost(entries: readonly DropEntry[]): number | null {
  const sum = (what: string): number | null => {
    const counted = entries.flatMap(({ proof }) => proof.filter(({ counter }) => counter.endsWith(what)));
    return counted.length === 0 ? null : counted.reduce((all, { rise }) => all + rise, 0);
  };
  const [lost, passed] = [sum(dropped), sum(letOut)];
  return lost === null || passed === null ? null : lost / Math.max(1, lost + passed);
}
