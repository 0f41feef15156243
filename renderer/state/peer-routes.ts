// The routes by which a node reaches the other nodes' Pods: what the plate in its region says.
import type { BgpSession, NodeEntity, Route, Topology } from '../../app/topology/model.ts';
import { ownerOf } from './route-owner.ts';

export interface PeerRoute {
  readonly dst: string;
  readonly via: string;
  /** "bird · Mesh_10_12_22_152", "Felix", … */
  readonly owner: string;
  readonly bgp: boolean;
  /** Whence BIRD has it; null when no session says so. */
  readonly session: BgpSession | null;
}

export function peerRoutes(topology: Topology, node: NodeEntity): PeerRoute[] {
  const forwarding = topology.forwarding[node.rootNetns];
  if (forwarding === undefined) return [];
  return forwarding.routes.filter(leadsToAnotherNode).map((route) => {
    const owner = ownerOf(topology, node, route);
    return { dst: route.dst, via: hopText(route), owner: owner.text, bgp: owner.bgp, session: owner.session };
  });
}

function leadsToAnotherNode(route: Route): boolean {
  if (route.type !== 'unicast' || route.table !== 'main') return false;
  if (route.via === null && route.nexthops.length === 0) return false;
  return !route.dst.endsWith('/0') && route.dst !== 'default';
}

/** "via 10.12.22.152", or all next hops of an equal-cost route. */
export function hopText(route: Route): string {
  const hops = route.nexthops.flatMap((hop) => hop.via ?? hop.dev);
  if (route.via !== null) return route.via;
  return hops.length > 0 ? hops.join(' | ') : (route.dev ?? '');
}
