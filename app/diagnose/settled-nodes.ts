// Nodes of which one may say that something is missing: of the cluster, ready, and for a while, as pods.ts has it for Pods.
import type { Cluster, DiagnosedNode } from './cluster.ts';

/** Others hear of one that has joined, and it of them, within seconds; its network's agent may start behind its kubelet. */
const YOUNG_S = 30;

export function isSettledNode(cluster: Cluster, node: DiagnosedNode): boolean {
  const fact = cluster.inventory?.nodes[node.entity.kubernetesName ?? ''];
  return fact !== undefined && fact.ready !== false && !isYoungNode(cluster, node);
}

/** It says that it is ready since a moment ago. */
export function isYoungNode({ inventory }: Cluster, { entity, snapshot }: DiagnosedNode): boolean {
  const { readySince } = inventory?.nodes[entity.kubernetesName ?? ''] ?? {};
  // Where the clocks of node and control plane are further apart, it says nothing.
  return readySince !== undefined && Math.abs(snapshot.at.s - readySince) < YOUNG_S;
}
