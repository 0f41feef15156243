import type { TopologyPatch } from '../../app/topology/model.ts';

/** Entity ids and when (our clock, ms) the page learned that they came or went. */
export interface Freshness {
  readonly appeared: ReadonlyMap<string, number>;
  readonly ended: ReadonlyMap<string, number>;
}

export const noFreshness: Freshness = { appeared: new Map(), ended: new Map() };

/** Long enough to be noticed after a glance away, short enough not to be mistaken for a state. */
export const FRESH_MS = 6_000;

/**
 * What a patch's events say came or went. Its new entities alone would not do: a node that answers for the first
 * time brings Pods that are new to us only.
 */
export function freshAfter(earlier: Freshness, patch: Pick<TopologyPatch, 'events'>, now: number): Freshness {
  if (patch.events.length === 0) return earlier;
  const appeared = unexpired(earlier.appeared, now);
  const ended = unexpired(earlier.ended, now);
  for (const event of patch.events) {
    // The first is the thing itself; what follows is where it was.
    const id = event.about[0];
    if (id === undefined) continue;
    if (event.kind.endsWith('-appeared')) appeared.set(id, now);
    if (event.kind.endsWith('-ended')) {
      appeared.delete(id);
      ended.set(id, now);
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
