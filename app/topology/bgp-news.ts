// Whose BGP daemon is worth asking now: when one side of a session changes, the other's word is old. Nothing in a peer's kernel
// tells that a BIRD was killed, since graceful restart keeps its routes (FIELD-NOTES §1).
import type { NodeId, Topology, TopologyEvent } from './model.ts';

/** Ids of living nodes at the other side of what these events are about. */
export function nodesToAskOfBgp(
  { bgp, nodes }: Pick<Topology, 'bgp' | 'nodes'>,
  events: readonly TopologyEvent[],
): ReadonlySet<NodeId> {
  const asked = new Set<NodeId>();
  const changed = new Set<string>();
  for (const { kind, teller, about } of events) {
    if (teller !== undefined || (kind !== 'bgp-changed' && kind !== 'bird-changed')) continue;
    for (const id of about) changed.add(id);
  }
  if (changed.size === 0) return asked;
  for (const { id, nodeId, peerNodeId } of Object.values(bgp)) {
    if (peerNodeId === null || !(changed.has(id) || changed.has(nodeId))) continue;
    if (nodes[peerNodeId]?.until === null) asked.add(peerNodeId);
  }
  return asked;
}
