// Where a node's ledger counted something: the node itself, or the Pod whose namespace it is.
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { podName } from './cluster.ts';
import type { PodEntity } from '../topology/model.ts';

export interface DropPlace {
  /** As a sentence names it. */
  readonly name: string;
  readonly pod: PodEntity | null;
  readonly podName: string | null;
}

/** @param inode of a namespace; null is the node's own. */
export function placeOf(
  { topology }: Cluster,
  { entity, label }: DiagnosedNode,
  inode: number | null,
): DropPlace {
  if (inode === null) return { name: label, pod: null, podName: null };
  const netns = Object.values(topology.netns).find(
    (one) => one.nodeId === entity.id && one.inode === inode && one.until === null,
  );
  const pod = topology.pods[netns?.podId ?? ''] ?? null;
  if (pod === null)
    return { name: `a namespace of ${label} (${netns?.process?.comm ?? inode})`, pod, podName: null };
  return { name: podName(pod), pod, podName: podName(pod) };
}
