// What sentences about changes are made from.
import type { NodeTime, Topology, TopologyEvent } from './model.ts';

export type Tables = Pick<Topology, 'nodes' | 'netns' | 'interfaces' | 'pods' | 'bgp' | 'forwarding'>;

export type Said = Omit<TopologyEvent, 'id' | 'at'> & {
  readonly at?: NodeTime | null;
  /** What it is about, as a burst's examples name it. */
  readonly subject: string;
};

export type LabelOf = (nodeId: string | null) => string;

/** Entities that are new or another object than before. */
export function changed<T>(before: Readonly<Record<string, T>>, now: Readonly<Record<string, T>>): T[] {
  return Object.entries(now).flatMap(([id, one]) =>
    Object.hasOwn(before, id) && before[id] === one ? [] : [one],
  );
}
