import type { Lifetime, Topology, TopologyPatch } from '../../app/topology/model.ts';

/** Entity ids and when (our clock, ms) the page learned that they came or went. */
export interface Freshness {
  readonly appeared: ReadonlyMap<string, number>;
  readonly ended: ReadonlyMap<string, number>;
}

export const noFreshness: Freshness = { appeared: new Map(), ended: new Map() };

/** Long enough to be noticed after a glance away, short enough not to be mistaken for a state. */
export const FRESH_MS = 6_000;

const lived = ['pods', 'interfaces', 'nodes', 'bgp'] as const;

export function freshAfter(
  earlier: Freshness,
  topology: Topology,
  patch: TopologyPatch,
  now: number,
): Freshness {
  const appeared = unexpired(earlier.appeared, now);
  const ended = unexpired(earlier.ended, now);
  for (const table of lived) {
    const upserts: Readonly<Record<string, Lifetime>> = patch.upsert[table] ?? {};
    const before: Readonly<Record<string, Lifetime>> = topology[table];
    for (const [id, entity] of Object.entries(upserts)) {
      const old = before[id];
      if (entity.until !== null) {
        if (old?.until === null) ended.set(id, now);
        appeared.delete(id);
      } else if (old === undefined) {
        appeared.set(id, now);
      }
    }
  }
  return { appeared, ended };
}

/** When the next entry expires; null when nothing is fresh. */
export function nextExpiry(freshness: Freshness): number | null {
  const times = [...freshness.appeared.values(), ...freshness.ended.values()];
  return times.length === 0 ? null : Math.min(...times) + FRESH_MS;
}

export function prune(freshness: Freshness, now: number): Freshness {
  return { appeared: unexpired(freshness.appeared, now), ended: unexpired(freshness.ended, now) };
}

function unexpired(times: ReadonlyMap<string, number>, now: number): Map<string, number> {
  return new Map([...times].filter(([, at]) => at + FRESH_MS > now));
}
