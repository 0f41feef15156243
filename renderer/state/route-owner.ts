// Who installed a route, in the window's words.
import { ownerSentence, routeOwner, type RouteOwner } from '../../app/route/owner.ts';
import type { BgpSession, NodeEntity, Route, Topology } from '../../app/topology/model.ts';
import { oncePer } from './once-per.ts';

export interface OwnerText {
  readonly owner: RouteOwner;
  /** "bird · Mesh_10_12_22_152". */
  readonly text: string;
  readonly sentence: string;
  readonly bgp: boolean;
  /** The session that a route of BIRD's came by; null when there is none. */
  readonly session: BgpSession | null;
}

const names: Partial<Record<RouteOwner, string>> = {
  felix: 'Felix',
  'router-advertisement': 'router advert',
};

type OwnedRoute = Pick<Route, 'proto' | 'table' | 'type' | 'via'>;

/** BIRD names a mesh protocol after its peer, so the next hop tells which session the route came from. */
export function ownerOf(
  topology: Topology,
  node: Pick<NodeEntity, 'id'> | null,
  route: OwnedRoute,
): OwnerText {
  const owner = routeOwner(route);
  const sentence = ownerSentence(route);
  if (owner !== 'bird') {
    const text = owner === 'other' ? `proto ${route.proto}` : (names[owner] ?? owner);
    return { owner, text, sentence, bgp: false, session: null };
  }
  const session = sessionsByPeer(topology.bgp).get(`${node?.id ?? ''} ${route.via ?? ''}`) ?? null;
  return { owner, text: session === null ? 'bird' : `bird · ${session.name}`, sentence, bgp: true, session };
}

/** Once a table: a hundred nodes in a full mesh have ten thousand sessions and as many routes to name. */
const sessionsByPeer = oncePer((sessions: Topology['bgp']): ReadonlyMap<string, BgpSession> => {
  const index = new Map<string, BgpSession>();
  for (const session of Object.values(sessions)) {
    if (session.until === null && session.peerAddress !== null)
      index.set(`${session.nodeId} ${session.peerAddress}`, session);
  }
  return index;
});
