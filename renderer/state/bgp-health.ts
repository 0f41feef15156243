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

/** What an operator calls the far end: its node's label, else its address, else the protocol's name. */
export function bgpPeerName(topology: Topology, session: BgpSession): string {
  const peer = session.peerNodeId === null ? undefined : topology.nodes[session.peerNodeId];
  return peer?.label ?? session.peerAddress ?? session.name;
}

/** "Established", "stale", "start · Active". */
export function bgpStateText(session: BgpSession): string {
  const health = bgpHealth(session);
  if (health === 'established') return 'Established';
  if (health === 'stale') return 'stale';
  const info = session.info.trim();
  return info === '' ? session.protocolState : `${session.protocolState} · ${info}`;
}
