// The difference between two revisions, for whoever holds the earlier one. Cheap: `buildTopology` keeps what did not
// change the same object, so that references tell.
import { appendEvents } from './event-bursts.ts';
import { KEPT_EVENTS } from './history.ts';
import type { Topology, TopologyPatch, TopologyTable } from './model.ts';

const TABLES: readonly TopologyTable[] = [
  'nodes',
  'netns',
  'interfaces',
  'pods',
  'bgp',
  'forwarding',
  'evidence',
];

export function diffTopology(from: Topology, to: Topology): TopologyPatch {
  const upsert: Record<string, Record<string, unknown>> = {};
  const remove: Partial<Record<TopologyTable, string[]>> = {};
  for (const table of TABLES) {
    const before: Readonly<Record<string, unknown>> = from[table];
    const now: Readonly<Record<string, unknown>> = to[table];
    if (before === now) continue;
    const changed = Object.entries(now).filter(
      ([id, one]) => !Object.hasOwn(before, id) || before[id] !== one,
    );
    if (changed.length > 0) upsert[table] = Object.fromEntries(changed);
    const gone = Object.keys(before).filter((id) => !Object.hasOwn(now, id));
    if (gone.length > 0) remove[table] = gone;
  }
  const newest = from.events.at(-1)?.id ?? 0;
  return {
    from: from.revision,
    revision: to.revision,
    upsert,
    remove,
    events: to.events.filter(({ id }) => id > newest),
    warnings: from.warnings === to.warnings ? null : to.warnings,
  };
}

/** Throws when `patch` was not made from this revision: that is a bug of the sender. */
export function applyPatch(topology: Topology, patch: TopologyPatch): Topology {
  if (patch.from !== topology.revision) {
    throw new Error(`patch from revision ${patch.from} applied to revision ${topology.revision}`);
  }
  const tables = Object.fromEntries(
    TABLES.flatMap((table) => {
      const upserts: Readonly<Record<string, unknown>> | undefined = patch.upsert[table];
      const gone = patch.remove[table];
      if (upserts === undefined && gone === undefined) return [];
      const merged: Record<string, unknown> = { ...topology[table], ...upserts };
      if (gone === undefined) return [[table, merged]];
      const removed = new Set(gone);
      return [[table, Object.fromEntries(Object.entries(merged).filter(([id]) => !removed.has(id)))]];
    }),
  ) as Partial<Pick<Topology, TopologyTable>>;
  return {
    ...topology,
    ...tables,
    revision: patch.revision,
    events: appendEvents(topology.events, patch.events, KEPT_EVENTS),
    warnings: patch.warnings ?? topology.warnings,
  };
}
