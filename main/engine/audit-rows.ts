// The audit as it is shown: with what only the session knows of each node, its rights and its clock.
import { type AuditList, auditMatcher, type AuditRow } from '../../app/contract/audit.ts';
import { clockAheadS } from '../../app/probe/clock-ahead.ts';
import type { EvidenceHead } from '../../app/probe/facts.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';

export type Tier = 0 | 1 | 2 | 3;

interface Asked {
  readonly filter: string;
  /** Rows are made for the newest so many. */
  readonly most: number;
}

/** What passes the filter, the newest first. Rows are made only for those that are wanted: 20,000 take 50 ms. */
export function auditList(
  trail: AuditTrail,
  { filter, most }: Asked,
  topology: Topology,
  tierOf: (node: string) => Tier | null,
): AuditList {
  const offsets = clockOffsets(topology);
  const passes = auditMatcher(filter);
  const { entries } = trail;
  const rows: AuditRow[] = [];
  let matching = 0;
  for (const entry of entries.toReversed()) {
    const tier = entry.by === 'sudo' ? 2 : tierOf(entry.node);
    if (!passes(entry, tier)) continue;
    matching += 1;
    if (rows.length >= most) continue;
    const offset = offsets.get(entry.node);
    const nodeStartedAt = offset === undefined ? null : Math.round(entry.startedAt + offset);
    rows.push({ ...entry, tier, nodeStartedAt });
  }
  return { rows, matching, kept: entries.length, file: trail.file, trouble: trail.fileTrouble };
}

/** ms that a node's clock is before ours, by label. */
function clockOffsets({ nodes, evidence }: Topology): ReadonlyMap<string, number> {
  const heads = new Map<string, EvidenceHead[]>();
  for (const { label, until } of Object.values(nodes)) if (until === null) heads.set(label, []);
  for (const head of Object.values(evidence)) heads.get(head.nodeLabel)?.push(head);
  return new Map(
    [...heads].flatMap(([label, own]) => {
      const ahead = clockAheadS(own);
      return ahead === null ? [] : [[label, ahead * 1000] as const];
    }),
  );
}
