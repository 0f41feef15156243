// Which rules of a packet filter a drop may be due to: those that drop, and counted while it was. Counters of rules and of the kernel are
// read apart, so that a rule is named, and how much it counted in which seconds; that it was that packet is not said.
import type { KnownFirewall } from '../firewall/known-firewall.ts';
import type { DropSpot } from '../firewall/firewall-model.ts';
import type { NodeTime } from '../probe/facts.ts';
import type { DropEntry } from './drop-entry.ts';
import type { DropReason } from './drop-reasons.ts';
import { secondsBetween } from './seconds-between.ts';

/** Rules that are named for one row. */
const MOST_RULES = 3;

/** Base chains that a packet of that reason does not meet; it may meet any other. */
const elsewhere: Partial<Record<DropReason, readonly string[]>> = {
  'firewall-in': ['FORWARD', 'OUTPUT', 'POSTROUTING'],
  'silent-in': ['FORWARD', 'OUTPUT', 'POSTROUTING'],
  'firewall-forward': ['PREROUTING', 'INPUT'],
  'firewall-output': ['PREROUTING', 'INPUT', 'FORWARD'],
  'firewall-output6': ['PREROUTING', 'INPUT', 'FORWARD'],
  reject: [],
};

/** Whether rules are looked for at all: filters are read of the node's own namespace. */
export function isFiltered({ reason, namespace }: DropEntry): boolean {
  return namespace === null && elsewhere[reason] !== undefined;
}

/** @param dropping rules that drop, with their rates between the two latest readings. */
export function filterNotes(
  { reason }: DropEntry,
  lastAt: NodeTime,
  { now, before, head }: KnownFirewall,
  dropping: readonly DropSpot[],
): string[] {
  const seconds = head.interval;
  if (now === null || before === null || seconds === null) return [];
  // A drop before those seconds, or after them, moved other counters. A sample ends up to 10 s after what it counts.
  if (secondsBetween(before.at, lastAt) < 0 || secondsBetween(now.at, lastAt) > SAMPLE_S) return [];
  const wrong = elsewhere[reason] ?? [];
  const moved = dropping.filter(
    ({ table, chain, rule, rate }) =>
      rate !== null &&
      rate > 0 &&
      (table.family === 'inet' || (table.family === 'ip6') === (reason === 'firewall-output6')) &&
      !wrong.includes(chain) &&
      (reason === 'reject') === (rule?.does.startsWith('reject') ?? false),
  );
  const notes = moved.slice(0, MOST_RULES).map(({ table, chain, subject, rule, rate }) => {
    const what = rule === null ? 'the policy' : `rule ${String(rule.number)} (${rule.text})`;
    const whose = subject === null ? '' : `, ${subject}`;
    const packets = Math.round((rate ?? 0) * seconds);
    return `${table.name} ${chain}${whose}: ${what} counted ${String(packets)} in the ${String(Math.round(seconds))} s up to the latest reading of the filters`;
  });
  const more = moved.length - notes.length;
  return more > 0 ? [...notes, `${String(more)} more rules that drop counted in these seconds`] : notes;
}

/** How far the counters' samples lie apart, at most. */
const SAMPLE_S = 10;
