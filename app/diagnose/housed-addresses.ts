// Addresses that a node delivers into a Pod's cable, whether Kubernetes knows of them or not, and whose blocks they lie in.
import { overlap } from './prefixes.ts';
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { settledPods } from './pods.ts';
import type { PodEntity } from '../topology/model.ts';

export interface Housed {
  readonly node: DiagnosedNode;
  readonly pod: PodEntity;
  readonly ip: string;
  /** Its cable on the host; null where it is not known. */
  readonly device: string | null;
}

export function housed(cluster: Cluster): Housed[] {
  return cluster.nodes.flatMap((node) =>
    settledPods(cluster, node).flatMap((pod) => {
      const device = cluster.topology.interfaces[pod.hostInterfaceId ?? '']?.name ?? null;
      const routed = node.routes.flatMap(({ dst, dev, via, type, family, table }) =>
        device !== null &&
        dev === device &&
        via === null &&
        type === 'unicast' &&
        table === 'main' &&
        dst.endsWith(family === 4 ? '/32' : '/128')
          ? [dst.split('/')[0] ?? '']
          : [],
      );
      return [...new Set([...pod.ips, ...routed])].map((ip) => ({ node, pod, ip, device }));
    }),
  );
}

/** The prefix is of the node's own block: IPAM says so, or the Pods of that node alone live in it. */
export function ownBlock(cluster: Cluster, node: DiagnosedNode, dst: string): boolean {
  if (dst.endsWith('/0')) return false;
  const { blocks = {} } = cluster.inventory?.calico ?? {};
  const around = Object.values(blocks).filter(({ cidr }) => overlap(cidr, dst));
  if (around.length > 0)
    return around.some((block) => block.node !== null && block.node === node.entity.kubernetesName);
  const inside = cluster.pods.filter(({ ips }) => ips.some((ip) => overlap(ip, dst)));
  return inside.length > 0 && inside.every(({ nodeId }) => nodeId === node.entity.id);
}
