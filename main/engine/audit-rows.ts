// The audit as it is shown: with what only the session knows of each node, its rights and its clock.
import { type AuditEntry, type AuditList, auditMatches, type AuditRow } from '../../app/contract/audit.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';

export type Tier = 0 | 1 | 2 | 3;

/** Rows that pass the filter, the newest first. */
export function auditRows(
  trail: AuditTrail,
  filter: string,
  topology: Topology,
  tierOf: (node: string) => Tier | null,
): AuditRow[] {
  const offsets = clockOffsets(topology);
  const row = (entry: AuditEntry): AuditRow => {
    const offset = offsets.get(entry.node);
    return {
      ...entry,
      tier: entry.by === 'sudo' ? 2 : tierOf(entry.node),
      nodeStartedAt: offset === undefined ? null : Math.round(entry.startedAt + offset),
    };
  };
  return trail.entries
    .map(row)
    .filter((each) => auditMatches(each, filter))
    .reverse();
}

export function auditList(rows: readonly AuditRow[], trail: AuditTrail, most: number): AuditList {
  return {
    rows: rows.slice(0, most),
    matching: rows.length,
    kept: trail.entries.length,
    file: trail.file,
    trouble: trail.fileTrouble,
  };
}

/** ms that a node's clock is before ours, by label: from when its last reading began there and came here. */
function clockOffsets({ nodes, evidence }: Topology): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  for (const { label, until } of Object.values(nodes)) {
    const head = until === null ? evidence[`${label}/meta`] : undefined;
    const at = head?.at ?? null;
    if (head !== undefined && at !== null) offsets.set(label, at.s * 1000 + at.ns / 1e6 - head.seenAt);
  }
  return offsets;
}
