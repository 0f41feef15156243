// Whether what stops at a filter, by the trace, is sent by anybody: what the node counted there lately.
import type { DropReason } from '../../ledger/drop-reasons.ts';
import type { TraceStep } from '../../trace/model.ts';
import type { Cluster } from '../cluster.ts';
import { packetsOf, recentDrops } from '../recent-drops.ts';
import type { Stop } from './stops.ts';

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

/**
 * Packets within the last minute. Which of a node's rules took one they do not tell: 0 where that rule, which counts, has
 * never taken any.
 */
export function countedLately(cluster: Cluster, { hop, step, reason }: Stop): number {
  const node = hop.isPod ? null : cluster.node(hop.node);
  if (node === null || step.rules.at(-1)?.packets === 0) return 0;
  const reasons = reason === 'filter-reject' ? (['reject'] as const) : (COUNTED[step.stage] ?? []);
  const recent = recentDrops(node);
  return reasons.reduce((sum, one) => sum + packetsOf(recent, one, { namespace: null }), 0);
}
