// Who installed a route, in the window's words.
import { ownerSentence, routeOwner, type RouteOwner } from '../../app/route/owner.ts';
import type { NodeEntity, Route, Topology } from '../../app/topology/model.ts';

export interface OwnerText {
  readonly owner: RouteOwner;
  /** "bird · Mesh_10_12_22_152". */
  readonly text: string;
  readonly sentence: string;
  readonly bgp: boolean;
}

const names: Partial<Record<RouteOwner, string>> = {
  felix: 'Felix',
  'router-advertisement': 'router advert',
};

/** BIRD names a mesh protocol after its peer, so the next hop tells which session the route came from. */
export function ownerOf(topology: Topology, node: Pick<NodeEntity, 'id'> | null, route: Route): OwnerText {
  const owner = routeOwner(route);
  const sentence = ownerSentence(route);
  if (owner !== 'bird') {
    const text = owner === 'other' ? `proto ${route.proto}` : (names[owner] ?? owner);
    return { owner, text, sentence, bgp: false };
  }
  const session = Object.values(topology.bgp).find(
    (each) => each.nodeId === node?.id && each.until === null && each.peerAddress === route.via,
  );
  return { owner, text: session === undefined ? 'bird' : `bird · ${session.name}`, sentence, bgp: true };
}
