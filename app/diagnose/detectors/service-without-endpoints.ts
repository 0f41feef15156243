// A Service that sends to nobody though it should: its Pods are not ready, nobody has listed them as its endpoints, a node's kube-proxy has not
// heard of them. One that selects no Pod (scaled to zero) is as somebody wants it, unless somebody tries to reach it: then its selector
// may be wrong. Without a selector, or as a name alone, its endpoints are somebody else's.
import { everywhere, podName, proof, type Cluster } from '../cluster.ts';
import { isYoung } from '../pods.ts';
import type { EndpointSliceFact, ServiceFact } from '../../probe/kube-facts.ts';
import type { PodEntity } from '../../topology/model.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { shellWord } from '../../probe/shell-word.ts';
import { filterOf, stopsClaimedAs } from '../paths/claims.ts';
import { countedLately } from '../paths/counted-lately.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';
import { serviceCalled } from '../subject.ts';
import {
  labelsOf,
  neighboursOf,
  selectedBy,
  selectsPods,
  slicesOf,
  unlistedPods,
} from '../unlisted-services.ts';

export const serviceWithoutEndpoints: Detector = {
  id: 'service-without-endpoints',
  concludes:
    'a Service has Pods behind it and sends to none of them, or selects none and somebody tries to reach it',
  explainedBy: [
    'link-down',
    'pod-route-missing',
    'peer-route-missing',
    'masquerade-missing',
    'proxy-arp-off',
    'ip-forward-off',
    'gateway-arp-unanswerable',
    'pod-default-route-missing',
  ],
  detect(cluster) {
    const { inventory } = cluster;
    const refused = stopsClaimedAs(cluster, 'service-without-endpoints');
    if (inventory?.kinds.services.state !== 'listed' || inventory.kinds.endpointSlices.state !== 'listed')
      return everywhere([], 'Kubernetes’ Services and EndpointSlices were not listed.');
    return everywhere(
      Object.values(inventory.services).flatMap((service) => {
        const slices = slicesOf(inventory, service);
        const name = nameOf(service);
        const stops = refused.filter(({ paths }) => paths.some(({ pair }) => pair.service === name));
        return withoutAnybody(cluster, service, slices) ?? refusedBy(cluster, service, slices, stops);
      }),
    );
  },
};

function nameOf({ namespace, name }: ServiceFact): string {
  return `${namespace}/${name}`;
}

type Endpoint = EndpointSliceFact['endpoints'][number];

/** Null: what Kubernetes says of it is no reason. */
function withoutAnybody(
  cluster: Cluster,
  service: ServiceFact,
  slices: readonly EndpointSliceFact[],
): Draft[] | null {
  if (!selectsPods(service)) return null;
  const endpoints = slices.flatMap((slice) => slice.endpoints);
  if (endpoints.some(({ ready, serving }) => ready || serving)) return null;
  if (endpoints.length > 0)
    // All of them are about to go: somebody takes it down. Or all have only just come.
    return endpoints.every((one) => one.terminating || isStarting(cluster, service, one))
      ? null
      : [notReady(cluster, service, endpoints)];
  const pods = unlistedPods(cluster, service, slices);
  return pods.length === 0 ? null : [unlisted(cluster, service, pods)];
}

function isStarting(cluster: Cluster, { namespace }: ServiceFact, { pod: name }: Endpoint): boolean {
  return cluster.nodes.some((node) =>
    node.pods.some((pod) => pod.namespace === namespace && pod.name === name && isYoung(node, pod)),
  );
}

function notReady(cluster: Cluster, service: ServiceFact, endpoints: readonly Endpoint[]): Draft {
  const { namespace, name, clusterIps } = service;
  const { kinds } = cluster.inventory ?? {};
  const pods = [...new Set(endpoints.flatMap(({ pod }) => pod ?? []))];
  const [address] = clusterIps;
  return draft({
    pod: pods.length === 1 ? `${namespace}/${pods[0] ?? ''}` : null,
    title: `The Service ${namespace}/${name} has no endpoint that is ready`,
    because: `${endpoints.length === 1 ? 'The one Pod' : `All ${endpoints.length} Pods`} behind it (${pods.slice(0, 4).join(', ')}${pods.length > 4 ? ', …' : ''}) ${endpoints.length === 1 ? 'is' : 'are'} not ready: connections to ${address ?? name} are refused on every node, whatever the network does.`,
    proofs: [
      ...proof(kinds?.endpointSlices, `${namespace} ${name}`, name),
      ...proof(kinds?.services, address ?? name),
    ],
    mend: [
      'Look why the Pods are not ready: their readiness probes, their logs, and whether kubelet reaches them.',
      `kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${name} -o wide`,
      ...pods.slice(0, 2).map((pod) => `kubectl -n ${namespace} describe pod ${pod}`),
    ],
    breaks: [serviceCalled(nameOf(service))],
    touches: pods.map((pod) => `pod ${namespace}/${pod}` as const),
  });
}

function wanted(service: ServiceFact): string {
  return labelsOf(service)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** Its Pods run and are ready, and no EndpointSlice has them. */
function unlisted(cluster: Cluster, service: ServiceFact, pods: readonly PodEntity[]): Draft {
  const { namespace, name, clusterIps } = service;
  const { kinds } = cluster.inventory ?? {};
  const [address] = clusterIps;
  const [first] = pods;
  const one = pods.length === 1 && first !== undefined;
  return draft({
    pod: one ? podName(first) : null,
    title: `The Service ${namespace}/${name} has no endpoint, though its Pods run`,
    because: `${one ? podName(first) : `${pods.length} Pods`} with ${wanted(service)} ${one ? 'is' : 'are'} ready, and no EndpointSlice of the Service lists ${one ? 'it' : 'them'}: kube-proxy refuses connections to ${address ?? name} on every node.`,
    proofs: [...proof(kinds?.endpointSlices, name), ...proof(kinds?.services, address ?? name)],
    mend: [
      'See whether kube-controller-manager runs (it writes EndpointSlices), and whether somebody else wrote that slice.',
      `kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${name} -o wide`,
      `kubectl -n ${namespace} get pods -l ${shellWord(wanted(service))} -o wide`,
    ],
    breaks: [serviceCalled(nameOf(service))],
  });
}

/** A packet for it is refused on some node, though what Kubernetes says is no reason, or that nobody is there is as somebody wants it. */
function refusedBy(
  cluster: Cluster,
  service: ServiceFact,
  slices: readonly EndpointSliceFact[],
  stops: readonly Stop[],
): Draft[] {
  const ready = slices.flatMap(({ endpoints }) => endpoints.filter((one) => one.ready));
  const isTried = (stop: Stop): boolean => stop.asked || countedLately(cluster, stop)?.byRule === true;
  if (ready.length > 0)
    return (
      stops
        // Which nodes have one is as somebody wants it, as it is with one that is scaled to zero.
        .filter((stop) => service.internalTrafficPolicy !== 'Local' || isTried(stop))
        .map((stop) => unheardOf(cluster, service, ready, stop))
    );
  const tried = stops.filter(isTried);
  return tried.slice(0, 1).map((stop) => nobodySelected(cluster, service, stop));
}

function unheardOf(cluster: Cluster, service: ServiceFact, ready: readonly Endpoint[], stop: Stop): Draft {
  const { hop, step, paths } = stop;
  const { namespace, name } = service;
  const addresses = ready.flatMap((one) => one.addresses);
  const local = /no local endpoints/.test(filterOf(stop)?.text ?? '');
  return pathDraft(cluster, stop, {
    device: null,
    pod: null,
    title: local
      ? `${hop.node} has no endpoint of its own for the Service ${namespace}/${name}, and may not use others`
      : `kube-proxy of ${hop.node} refuses the Service ${namespace}/${name}, which has endpoints`,
    because: `Kubernetes lists ${addresses.slice(0, 3).join(', ')}${addresses.length > 3 ? ', …' : ''} as ready. ${step.sentence} So ${pathNames(paths)} ${paths.length === 1 ? 'is' : 'are'} refused there.`,
    mend: [
      local
        ? 'Run one of its Pods on that node, or set its traffic policy to Cluster.'
        : 'See whether kube-proxy runs on that node and reaches the API server; restarting it writes its rules anew.',
      `kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=${hop.node} | grep kube-proxy`,
      `kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${name} -o wide`,
      ...(step.command === null ? [] : [`${step.command}   # on ${hop.node}`]),
    ],
    shows: [nameOf(service)],
  });
}

function nobodySelected(cluster: Cluster, service: ServiceFact, stop: Stop): Draft {
  const { namespace, name, hasSelector } = service;
  const pods = selectedBy(cluster, service);
  const labels = labelsOf(service);
  const [near] = neighboursOf(cluster, service, (pod) =>
    labels.some(([key, value]) => pod.labels[key] === value),
  );
  const reason = !hasSelector
    ? 'It has no selector: whoever writes its EndpointSlices has written none that is ready.'
    : pods.length > 0
      ? `${pods.slice(0, 3).map(podName).join(', ')} with ${wanted(service)} ${pods.length === 1 ? 'is' : 'are'} there and not ready.`
      : `No Pod of ${namespace} has ${wanted(service)}: it is scaled to zero, or the selector is wrong${
          near === undefined
            ? ''
            : ` (${podName(near)} has ${labels
                .filter(([key, value]) => near.labels[key] === value)
                .map((one) => one.join('='))
                .join(',')} alone)`
        }.`;
  const counted = countedLately(cluster, stop);
  const { kinds } = cluster.inventory ?? {};
  return pathDraft(cluster, stop, {
    device: null,
    pod: null,
    node: null,
    confidence: 'certain',
    surer: null,
    title: `The Service ${namespace}/${name} has nobody behind it, and somebody tries to reach it`,
    because: `${reason} ${counted === null ? stop.step.sentence : `${stop.step.sentence} ${counted.sentence}`}`,
    proofs: [
      ...proof(kinds?.services, nameOf(service), name),
      ...stop.step.evidence.map((id) => ({ id, shows: [nameOf(service)] })),
    ],
    mend: [
      'Scale up what it selects, or let its selector and the labels of the Pods be the same.',
      `kubectl -n ${namespace} get service ${name} -o wide`,
      `kubectl -n ${namespace} get pods --show-labels`,
    ],
    shows: [],
  });
}
