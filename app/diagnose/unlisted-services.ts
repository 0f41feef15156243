// Services that no EndpointSlice gives an endpoint, though they select Pods: to whom they would send only their own selector tells.
import type { Inventory } from '../probe/inventory.ts';
import type { EndpointSliceFact, ServiceFact } from '../probe/kube-facts.ts';
import type { PodEntity } from '../topology/model.ts';
import type { Cluster } from './cluster.ts';
import { isReady, isSettled } from './pods.ts';

/** By namespace and Service: each of many Services asks, for more than one finding. */
const known = new WeakMap<Inventory['endpointSlices'], ReadonlyMap<string, readonly EndpointSliceFact[]>>();

export function slicesOf(
  { endpointSlices }: Inventory,
  { namespace, name }: ServiceFact,
): readonly EndpointSliceFact[] {
  const all = known.get(endpointSlices) ?? byService(endpointSlices);
  known.set(endpointSlices, all);
  return all.get(`${namespace}/${name}`) ?? [];
}

function byService(slices: Inventory['endpointSlices']): ReadonlyMap<string, readonly EndpointSliceFact[]> {
  const found = new Map<string, EndpointSliceFact[]>();
  for (const slice of Object.values(slices)) {
    const service = `${slice.namespace}/${slice.service ?? ''}`;
    const before = found.get(service);
    if (before === undefined) found.set(service, [slice]);
    else before.push(slice);
  }
  return found;
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
