import type { InterfaceEntity, NodeEntity, Topology } from '../../app/topology/model.ts';
import { indexOf } from './topology-index.ts';

/** Host ends of Pods that no Pod claims: they exist, so every view says so. */
export function orphansOf(topology: Topology, node: NodeEntity): InterfaceEntity[] {
  const index = indexOf(topology);
  const claimed = new Set((index.podsOf.get(node.id) ?? []).map((pod) => pod.hostInterfaceId));
  return (index.interfacesOf.get(node.rootNetns) ?? []).filter(
    (each) => each.role === 'workload' && !claimed.has(each.id),
  );
}

/** What is odd about such an end, in a few words. */
export function orphanRemark({ peer }: InterfaceEntity): string {
  return peer === null || peer.interfaceId === null ? 'leads nowhere' : 'no Pod';
}
