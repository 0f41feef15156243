// A Service that selects Pods and sends to none of them: none is ready, or nobody has listed them as its endpoints. One that selects no
// Pod (scaled to zero), has no selector or is a name alone is as somebody wants it.
import { everywhere, podName, proof, type Cluster } from '../cluster.ts';
import { isReady, settledPods } from '../pods.ts';
import type { ServiceFact } from '../../probe/kube-facts.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';

export const serviceWithoutEndpoints: Detector = {
  id: 'service-without-endpoints',
  concludes: 'a Service has Pods behind it and none of them is ready',
  explainedBy: [
    'link-down',
    'pod-route-missing',
    'proxy-arp-off',
    'ip-forward-off',
    'gateway-arp-unanswerable',
    'pod-default-route-missing',
  ],
  detect(cluster) {
    const { inventory } = cluster;
    const { services, endpointSlices, kinds } = inventory ?? {
      services: {},
      endpointSlices: {},
      kinds: null,
    };
    if (kinds?.services.state !== 'listed' || kinds.endpointSlices.state !== 'listed')
      return everywhere([], 'Kubernetes’ Services and EndpointSlices were not listed.');
    const slices = Object.values(endpointSlices);
    return everywhere(
      Object.values(services).flatMap((service): Draft[] => {
        const { namespace, name, type, hasSelector } = service;
        if (!hasSelector || type === 'ExternalName') return [];
        const own = slices.filter((slice) => slice.namespace === namespace && slice.service === name);
        const endpoints = own.flatMap((slice) => slice.endpoints);
        if (endpoints.length === 0) return unlisted(cluster, service);
        if (endpoints.some(({ ready, serving }) => ready || serving)) return [];
        // All of them are about to go: somebody takes it down.
        if (endpoints.every(({ terminating }) => terminating)) return [];
        const pods = [...new Set(endpoints.flatMap(({ pod }) => pod ?? []))];
        const [address] = service.clusterIps;
        return [
          draft({
            pod: pods.length === 1 ? `${namespace}/${pods[0] ?? ''}` : null,
            title: `The Service ${namespace}/${name} has no endpoint that is ready`,
            because: `${endpoints.length === 1 ? 'The one Pod' : `All ${endpoints.length} Pods`} behind it (${pods.slice(0, 4).join(', ')}${pods.length > 4 ? ', …' : ''}) ${endpoints.length === 1 ? 'is' : 'are'} not ready: connections to ${address ?? name} are refused on every node, whatever the network does.`,
            proofs: [
              ...proof(kinds.endpointSlices, `${namespace} ${name}`, name),
              ...proof(kinds.services, address ?? name),
            ],
            mend: [
              'Look why the Pods are not ready: their readiness probes, their logs, and whether kubelet reaches them.',
              `kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${name} -o wide`,
              ...pods.slice(0, 2).map((pod) => `kubectl -n ${namespace} describe pod ${pod}`),
            ],
            touches: pods.map((pod) => `pod ${namespace}/${pod}` as const),
          }),
        ];
      }),
    );
  },
};

/** Its Pods run and are ready, and no EndpointSlice has them. Without any Pod it is scaled to zero, or its Pods are still to come. */
function unlisted(cluster: Cluster, { namespace, name, selector = {}, clusterIps }: ServiceFact): Draft[] {
  const labels = Object.entries(selector);
  if (labels.length === 0) return [];
  const pods = cluster.nodes.flatMap((node) =>
    settledPods(cluster, node).filter(
      (pod) =>
        pod.namespace === namespace &&
        isReady(pod) &&
        labels.every(([key, value]) => pod.labels[key] === value),
    ),
  );
  const [first] = pods;
  if (first === undefined) return [];
  const { kinds } = cluster.inventory ?? {};
  const [address] = clusterIps;
  const wanted = labels.map(([key, value]) => `${key}=${value}`).join(',');
  return [
    draft({
      pod: pods.length === 1 ? podName(first) : null,
      title: `The Service ${namespace}/${name} has no endpoint, though its Pods run`,
      because: `${pods.length === 1 ? podName(first) : `${pods.length} Pods`} with ${wanted} ${pods.length === 1 ? 'is' : 'are'} ready, and no EndpointSlice of the Service lists ${pods.length === 1 ? 'it' : 'them'}: kube-proxy refuses connections to ${address ?? name} on every node.`,
      proofs: [...proof(kinds?.endpointSlices, name), ...proof(kinds?.services, address ?? name)],
      mend: [
        'See whether kube-controller-manager runs (it writes EndpointSlices), and whether somebody else wrote that slice.',
        `kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${name} -o wide`,
        `kubectl -n ${namespace} get pods -l ${wanted} -o wide`,
      ],
    }),
  ];
}
