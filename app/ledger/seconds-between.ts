import type { NodeTime } from '../probe/facts.ts';

/** On one node's clock; negative where `to` is the earlier one. */
export function secondsBetween(from: NodeTime, to: NodeTime): number {
  return to.s - from.s + (to.ns - from.ns) / 1e9;
}
