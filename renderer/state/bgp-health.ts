import type { BgpSession, Topology } from '../../app/topology/model.ts';

export type BgpHealth = 'established' | 'stale' | 'down';

export const bgpTones = { established: 'bgp', stale: 'warn', down: 'bad' } as const satisfies Record<
  BgpHealth,
  string
>;

/** Established alone is not enough (FIELD-NOTES §1): routes kept for a dead peer make a session stale. */
export function bgpHealth(session: BgpSession): BgpHealth {
  if (session.stale !== null) return 'stale';
  return session.info === 'Established' && session.protocolState === 'up' ? 'established' : 'down';
}

/**
 * What an operator calls the far end: its node's label, else its address, else the protocol's name. Nodes of a
 * dual-stack cluster have two sessions with each other: the label alone would not tell them apart.
 */
export function bgpPeerName(topology: Topology, session: BgpSession): string {
  const peer = session.peerNodeId === null ? undefined : topology.nodes[session.peerNodeId];
  if (peer === undefined) return session.peerAddress ?? session.name;
  return session.peerAddress?.includes(':') === true ? `${peer.label} (IPv6)` : peer.label;
}

/** "Established", "stale", "start · Active". */
export function bgpStateText(session: BgpSession): string {
  const health = bgpHealth(session);
  if (health === 'established') return 'Established';
  if (health === 'stale') return 'stale';
  const info = session.info.trim();
  return info === '' ? session.protocolState : `${session.protocolState} · ${info}`;
}
