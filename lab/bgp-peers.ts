import { peerProtocolName } from './addressing.ts';
import type { LabPlan, NodePlan } from './lab-plan.ts';

// Who speaks BGP with whom, as Calico's confd works it out (calico/confd pkg/backends/calico/client.go): the full mesh, or,
// with route reflectors, every node with each of them. A reflector peers with its clients by BGPPeers that were made
// the other way round, so that its own protocols are named Node_…

export interface BgpPeer {
  /** BIRD's name for it. */
  readonly protocol: string;
  readonly neighbour: string;
  /** The peer is a client: what others told is reflected to it, under this cluster id. */
  readonly clusterId: string | null;
}

export function reflectorsOf({ nodes }: LabPlan): NodePlan[] {
  return nodes.filter(({ clusterId }) => clusterId !== undefined);
}

/** @param addressOf the peer's address in the family that is meant; without one it is no peer. */
export function bgpPeersOf(
  plan: LabPlan,
  node: NodePlan,
  addressOf: (node: NodePlan) => string | undefined = ({ address }) => address,
): BgpPeer[] {
  const [first] = reflectorsOf(plan);
  const others = plan.nodes.filter(({ index }) => index !== node.index);
  return others.flatMap((peer): BgpPeer[] => {
    const neighbour = addressOf(peer);
    if (neighbour === undefined) return [];
    if (first === undefined)
      return [{ protocol: peerProtocolName('Mesh', neighbour), neighbour, clusterId: null }];
    if (node.clusterId === undefined && peer.clusterId === undefined) return [];
    const kind = peer.index === first.index ? 'Global' : 'Node';
    // Reflectors of one cluster are no clients of each other.
    const clusterId = peer.clusterId === undefined ? (node.clusterId ?? null) : null;
    return [{ protocol: peerProtocolName(kind, neighbour), neighbour, clusterId }];
  });
}
