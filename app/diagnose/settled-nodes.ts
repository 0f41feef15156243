// Nodes of which one may say that something is missing: of the cluster, ready, and for a while, as pods.ts has it for Pods.
import type { Cluster, DiagnosedNode } from './cluster.ts';

/** Others hear of one that has joined, and it of them, within seconds; its network's agent may start behind its kubelet. */
const YOUNG_S = 30;

export function isSettledNode({ inventory }: Cluster, { entity, snapshot }: DiagnosedNode): boolean {
  const fact = inventory?.nodes[entity.kubernetesName ?? ''];
  if (fact === undefined || fact.ready === false) return false;
  // Where the clocks of node and control plane are further apart, it says nothing.
  return fact.readySince === undefined || Math.abs(snapshot.at.s - fact.readySince) >= YOUNG_S;
}
