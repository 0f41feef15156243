// Services that no EndpointSlice gives an endpoint, though they select Pods: to whom they would send only their own selector tells.
import type { Inventory } from '../probe/inventory.ts';
import type { EndpointSliceFact, ServiceFact } from '../probe/kube-facts.ts';
import type { PodEntity } from '../topology/model.ts';
import type { Cluster } from './cluster.ts';
import { isReady, isSettled } from './pods.ts';

export function slicesOf(
  { endpointSlices }: Inventory,
  { namespace, name }: ServiceFact,
): EndpointSliceFact[] {
  return Object.values(endpointSlices).filter((one) => one.namespace === namespace && one.service === name);
}

/** Without a selector, or as a name alone, its endpoints are somebody else's. */
export function selectsPods({ hasSelector, type }: ServiceFact): boolean {
  return hasSelector && type !== 'ExternalName';
}

export function labelsOf({ selector = {} }: ServiceFact): [string, string][] {
  return Object.entries(selector);
}

/** Running Pods beside it of which that is so. */
export function neighboursOf(
  cluster: Cluster,
  { namespace }: ServiceFact,
  isMeant: (pod: PodEntity) => boolean,
): PodEntity[] {
  return cluster.nodes.flatMap((node) =>
    node.pods.filter((pod) => pod.namespace === namespace && isMeant(pod) && isSettled(cluster, node, pod)),
  );
}

/** Running Pods with all of its labels; none where it has no selector. */
export function selectedBy(cluster: Cluster, service: ServiceFact): PodEntity[] {
  const labels = labelsOf(service);
  if (labels.length === 0) return [];
  return neighboursOf(cluster, service, (pod) => labels.every(([key, value]) => pod.labels[key] === value));
}

/** Its Pods that run and are ready, where no EndpointSlice has any of them. */
export function unlistedPods(
  cluster: Cluster,
  service: ServiceFact,
  slices: readonly EndpointSliceFact[],
): PodEntity[] {
  const isListed = slices.some(({ endpoints }) => endpoints.length > 0);
  return isListed || !selectsPods(service) ? [] : selectedBy(cluster, service).filter(isReady);
}
