// When the inside of a node's Pods was read last, which is how one sees that a reading that was asked for has come.
import type { Topology } from '../../app/topology/model.ts';

/** By node label, ms of our clock; 0: never. */
export function insidesHeard({ evidence }: Topology): (label: string) => number {
  return (label) => evidence[`${label}/insides`]?.seenAt ?? 0;
}
