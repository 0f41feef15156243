// One side of each BGP session, as its own node tells it: the topology's session with what the daemon last printed of it.
import type { BgpProtocol, BirdReading } from '../probe/facts.ts';
import type { BgpMatrixEnd } from './bgp-matrix-model.ts';
import type { NodeReading } from './input.ts';
import type { BgpSession, NodeEntity, NodeTime, Topology } from './model.ts';

/** Events older than this no longer make a session a flapping one. */
const FLAP_WINDOW_S = 600;

/** Sides of all living sessions of living nodes. */
export function bgpEnds(topology: Topology, readings: ReadonlyMap<string, NodeReading>): BgpMatrixEnd[] {
  const losses = recentLosses(topology, readings);
  return Object.values(topology.bgp).flatMap((session): BgpMatrixEnd[] => {
    const node = topology.nodes[session.nodeId];
    if (session.until !== null || node === undefined || node.until !== null) return [];
    const bird = readings.get(node.label)?.snapshot.bird ?? null;
    const protocol = bird?.value?.protocols.find((one) => isOf(session, one)) ?? null;
    return [
      endOf(
        session,
        node,
        protocol,
        bird?.value ?? null,
        bird?.at ?? null,
        Math.floor(losses.get(session.id) ?? 0),
      ),
    ];
  });
}

/** A session's id ends with the daemon's socket (build-bgp.ts), and a `+` for each life that it had before. */
function isOf(session: BgpSession, protocol: BgpProtocol): boolean {
  return (
    protocol.name === session.name &&
    session.id.replace(/\++$/, '').endsWith(`/${protocol.name}@${protocol.socket}`)
  );
}

function endOf(
  session: BgpSession,
  node: NodeEntity,
  protocol: BgpProtocol | null,
  bird: BirdReading | null,
  readAt: NodeTime | null,
  flaps: number,
): BgpMatrixEnd {
  const channels = protocol?.channels ?? [];
  const sum = (of: 'filtered' | 'preferred'): number | null => {
    const known = channels.flatMap((channel) => channel[of] ?? []);
    return known.length === 0 ? null : known.reduce((total, count) => total + count, 0);
  };
  const program = bird?.daemons.find(({ socket }) => socket === protocol?.socket)?.program ?? 'bird';
  const state = [session.protocolState, protocol?.info ?? session.info]
    .filter((word) => word !== '')
    .join(' ');
  return {
    sessionId: session.id,
    nodeId: session.nodeId,
    nodeLabel: node.label,
    name: session.name,
    program,
    health: healthOf(session, node, protocol),
    state: session.protocolState === 'up' ? session.info : state,
    since: session.changed,
    sinceAt: protocol?.sinceAt ?? null,
    readAt,
    lastError: protocol?.lastError ?? null,
    localAs: protocol?.localAs ?? ownAs(protocol),
    neighbourAs: protocol?.neighbourAs ?? null,
    localAddress: protocol?.localAddress ?? null,
    neighbourAddress: session.peerAddress,
    neighbourId: protocol?.neighbourId ?? null,
    session: [...(protocol?.session ?? [])],
    reflects: protocol?.session.includes('route-reflector') ?? false,
    imported: session.imported,
    filtered: sum('filtered'),
    exported: session.exported,
    preferred: sum('preferred'),
    holdLeft: protocol?.holdTimer ?? null,
    holdTime: protocol?.holdTime ?? null,
    keepaliveLeft: protocol?.keepaliveTimer ?? null,
    keepaliveTime: protocol?.keepaliveTime ?? null,
    restartLeft: protocol?.restartTimer ?? null,
    capabilities: {
      own: [...(protocol?.capabilities.own ?? [])],
      neighbour: [...(protocol?.capabilities.neighbour ?? [])],
    },
    limits: channels.flatMap(({ name, limits }) =>
      limits
        .filter(({ hit }) => hit)
        .map(({ of, routes, action }) => {
          const then = action === null ? '' : ` (then: ${action})`;
          return `The ${of} limit of ${routes} routes${name === null ? '' : ` (${name})`} was hit${then}.`;
        }),
    ),
    stale: session.stale,
    flaps,
    evidence: [...session.evidence],
  };
}

/** BIRD 1.6 does not print its own AS number: an internal session has the neighbour's. */
function ownAs(protocol: BgpProtocol | null): number | null {
  return protocol?.session.includes('internal') === true ? protocol.neighbourAs : null;
}

function healthOf(
  session: BgpSession,
  node: NodeEntity,
  protocol: BgpProtocol | null,
): BgpMatrixEnd['health'] {
  if (session.info === 'BIRD is dead') return 'gone';
  if (node.bird.state !== 'running' && node.bird.state !== 'dead') return 'old';
  if (session.stale !== null) return 'stale';
  if (session.info === 'Established' && session.protocolState === 'up') return 'established';
  if (session.protocolState === 'down') return 'disabled';
  return protocol?.bgpState === 'Passive' || session.info === 'Passive' ? 'waiting' : 'down';
}

/**
 * How often each session was lost in the ten minutes before its node was asked, by that node's own clock: others may go wrong, and
 * where nothing happens any more no event would ever be old.
 */
function recentLosses(
  { events }: Topology,
  readings: ReadonlyMap<string, NodeReading>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, at, about, nodeLabel, change, burst } of events) {
    if (kind !== 'bgp-changed') continue;
    const asked = readings.get(nodeLabel)?.snapshot.at.s;
    if (asked === undefined || at.s < asked - FLAP_WINDOW_S) continue;
    // Of many at once there is one event about all of them, which does not tell what each was: every second one is a loss.
    const lost = burst !== undefined ? 0.5 : change?.before === 'Established' ? 1 : 0;
    for (const session of about) counts.set(session, (counts.get(session) ?? 0) + lost);
  }
  return counts;
}
