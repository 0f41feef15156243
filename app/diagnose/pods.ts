// Pods of which one may say that something is missing (FIELD-NOTES §8): running, for a while, not about to end, on a network of their own.
import type { Cluster, DiagnosedNode } from './cluster.ts';
import type { PodEntity } from '../topology/model.ts';
import type { PodFact } from '../probe/kube-facts.ts';

/** A CNI plugin and Felix need some seconds; one whose containers are all ready has been wired before they began. */
const YOUNG_S = { ready: 5, other: 30 };

export function factOf({ inventory }: Cluster, pod: PodEntity): PodFact | null {
  return inventory?.pods[pod.id.replace(/^pod:/, '')] ?? null;
}

/** Of one node, those that Kubernetes names. */
export function settledPods(cluster: Cluster, node: DiagnosedNode): PodEntity[] {
  return node.pods.filter((pod) => isSettled(cluster, node, pod));
}

export function isSettled(cluster: Cluster, node: DiagnosedNode, pod: PodEntity): boolean {
  const fact = factOf(cluster, pod);
  return (
    fact !== null &&
    pod.phase === 'Running' &&
    !pod.hostNetwork &&
    !fact.terminating &&
    pod.ips.length > 0 &&
    !isYoung(node, pod)
  );
}

/** What is not there yet is still to come. */
export function isYoung({ snapshot }: DiagnosedNode, pod: PodEntity): boolean {
  return snapshot.at.s - pod.since.s < (isReady(pod) ? YOUNG_S.ready : YOUNG_S.other);
}

export function isReady({ ready }: PodEntity): boolean {
  return ready !== null && ready.containers > 0 && ready.ready === ready.containers;
}

/** Wired as Calico does: a cable to the host, a route to its address, no bridge. */
export function isRouted(cluster: Cluster, node: DiagnosedNode, pod: PodEntity): boolean {
  const host = cluster.topology.interfaces[pod.hostInterfaceId ?? ''];
  const calico = node.entity.cni.name === 'Calico';
  return host === undefined
    ? calico
    : host.masterIfindex === null && (calico || host.mac === 'ee:ee:ee:ee:ee:ee');
}

/** Where calico-node runs: the operator's namespace is another than that of Calico's manifests. */
export function calicoNamespace({ topology }: Cluster): string {
  const agent = Object.values(topology.pods).find(
    ({ until, labels }) => until === null && labels['k8s-app'] === 'calico-node',
  );
  return agent?.namespace ?? 'calico-system';
}
