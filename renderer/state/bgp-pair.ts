import type { BgpSession, Topology } from '../../app/topology/model.ts';

/**
 * The other end of a session, as its own node tells it. Between two nodes there is a session a family, and a node may
 * have several addresses: the ends name each other's.
 */
export function oppositeSession(topology: Topology, session: BgpSession): BgpSession | undefined {
  const own = new Set(topology.nodes[session.nodeId]?.addresses);
  const between = Object.values(topology.bgp).filter(
    (each) =>
      each.until === null &&
      each.nodeId === session.peerNodeId &&
      each.peerNodeId === session.nodeId &&
      each.peerAddress !== null &&
      own.has(each.peerAddress) &&
      familyOf(each) === familyOf(session),
  );
  return between[0];
}

/** The family of the addresses that the session runs over. */
export function familyOf({ peerAddress }: BgpSession): 4 | 6 {
  return peerAddress?.includes(':') === true ? 6 : 4;
}
