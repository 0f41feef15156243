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

/** Several detectors ask, some for each node. */
const known = new WeakMap<Cluster, readonly Housed[]>();

export function housed(cluster: Cluster): readonly Housed[] {
  const before = known.get(cluster);
  if (before !== undefined) return before;
  const all = cluster.nodes.flatMap((node) => {
    const routed = hostRoutes(node);
    return settledPods(cluster, node).flatMap((pod) => {
      const device = cluster.topology.interfaces[pod.hostInterfaceId ?? '']?.name ?? null;
      const ips = new Set([...pod.ips, ...(routed.get(device ?? '') ?? [])]);
      return [...ips].map((ip) => ({ node, pod, ip, device }));
    });
  });
  known.set(cluster, all);
  return all;
}

/** Addresses by the device that table main sends them into, for a node has thousands of routes. */
function hostRoutes({ routes }: DiagnosedNode): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { dst, dev, via, type, family, table } of routes) {
    if (dev === null || via !== null || type !== 'unicast' || table !== 'main') continue;
    if (!dst.endsWith(family === 4 ? '/32' : '/128')) continue;
    const before = found.get(dev);
    if (before === undefined) found.set(dev, [dst.split('/')[0] ?? '']);
    else before.push(dst.split('/')[0] ?? '');
  }
  return found;
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
