// Whether what stops at a filter, by the trace, is sent by anybody: what the rule counted between the two latest readings of the filters; before
// there are two, what the node counts as dropped at that hook.
import { knownFirewall } from '../../firewall/known-firewall.ts';
import { chainRates } from '../../firewall/rates.ts';
import type { DropReason } from '../../ledger/drop-reasons.ts';
import type { TraceRule, TraceStep } from '../../trace/model.ts';
import type { Cluster } from '../cluster.ts';
import { packetsOf, recentDrops } from '../recent-drops.ts';
import { filterOf } from './claims.ts';
import type { Stop } from './stops.ts';

interface CountedLately {
  /** At least 1. */
  readonly packets: number;
  /** It is this rule that counted them; else the node's kernel, at that hook, by whichever rule. */
  readonly byRule: boolean;
  readonly sentence: string;
}

type CountingRule = Pick<TraceRule, 'table' | 'backend' | 'family' | 'chain' | 'number' | 'packets'>;

/** As which the kernel's counters show what a rule at that stage took. */
const COUNTED: Readonly<Partial<Record<TraceStep['stage'], readonly DropReason[]>>> = {
  receive: ['hook-in'],
  prerouting: ['firewall-in'],
  input: ['firewall-in'],
  forward: ['firewall-forward'],
  postrouting: ['firewall-forward'],
  output: ['firewall-output', 'firewall-output6', 'device-out'],
  transmit: ['hook-out'],
};

/** Null: nothing, by all that was counted. */
export function countedLately(cluster: Cluster, stop: Stop): CountedLately | null {
  const { hop, step, reason } = stop;
  const rule = filterOf(stop);
  if (hop.isPod || rule === null) return null;
  return countedBy(cluster, hop.node, rule, { stage: step.stage, rejects: reason === 'filter-reject' });
}

/** @param label of the node that has it. */
export function countedBy(
  cluster: Cluster,
  label: string,
  rule: CountingRule,
  { stage, rejects }: { readonly stage: TraceStep['stage']; readonly rejects: boolean },
): CountedLately | null {
  const node = cluster.node(label);
  if (node === null) return null;
  const own = ofRule(cluster, label, rule);
  if (own !== null && own.packets > 0)
    return {
      ...own,
      byRule: true,
      sentence: `Its counter rose by ${own.packets} within ${own.seconds} s.`,
    };
  // One that counts, and never has.
  if (own !== null || rule.packets === 0) return null;
  const reasons = rejects ? (['reject'] as const) : (COUNTED[stage] ?? []);
  const recent = recentDrops(node);
  const packets = reasons.reduce((sum, one) => sum + packetsOf(recent, one, { namespace: null }), 0);
  const did = rejects ? 'refused' : 'dropped';
  return packets === 0
    ? null
    : {
        packets,
        byRule: false,
        sentence: `${label} has ${did} ${packets} packets there within the last minute.`,
      };
}

/** Null: there are no two readings that both have it, or it counts nothing. */
function ofRule(
  { known: { readings, earlierFirewalls } }: Cluster,
  label: string,
  rule: CountingRule,
): { readonly packets: number; readonly seconds: number } | null {
  const { now, before, head } = knownFirewall(
    label,
    readings.get(label) ?? null,
    earlierFirewalls?.get(label) ?? null,
  );
  const table = now?.reading.tables.find(
    ({ name, backend, family }) => name === rule.table && backend === rule.backend && family === rule.family,
  );
  const chain = table?.chains.find(({ name }) => name === rule.chain);
  if (now === null || head.interval === null || table === undefined || chain === undefined) return null;
  const { policy, rules } = chainRates(before, now, table, chain);
  const rate = rule.number === 0 ? policy : (rules[rule.number - 1] ?? null);
  return rate === null
    ? null
    : { packets: Math.round(rate * head.interval), seconds: Math.round(head.interval) };
}
