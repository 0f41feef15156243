// Pods get no answer from the cluster's DNS. Most often something else is wrong, and DNS is what people notice: then it stands under that. Here are
// what takes DNS alone (a policy or a filter that forgot UDP 53), a DNS Service that nobody is behind, and Pods that ask somebody else. Whether an answer says that there is
// no such name, packets do not tell, and it is an answer.
import { everywhere, proof, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { shellWord } from '../../probe/shell-word.ts';
import { filterOf, stopsClaimedAs } from '../paths/claims.ts';
import { countedLately } from '../paths/counted-lately.ts';
import { isDnsPort } from '../paths/pair-ends.ts';
import { pathDraft } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';
import { wrongResolvers } from '../pod-resolvers.ts';
import { serviceCalled } from '../subject.ts';
import type { ServiceFact } from '../../probe/kube-facts.ts';

export const dnsUnanswered: Detector = {
  id: 'dns-unanswered',
  concludes:
    'what Pods ask the cluster’s DNS stops on its way, no DNS Service has anybody behind it, or Pods ask an address that nobody has',
  explainedBy: [
    'service-without-endpoints',
    'iptables-backend-split',
    'duplicate-pod-ip',
    'pod-ip-equals-tunnel-ip',
    'policy-routing-diverts',
    'rp-filter-drop',
    'own-address-not-local',
    'peer-route-missing',
    'masquerade-missing',
  ],
  detect: (cluster) =>
    everywhere([
      ...stopsClaimedAs(cluster, 'dns-unanswered').flatMap((stop) => stopped(cluster, stop)),
      ...nobodyServes(cluster),
      ...wrongResolvers(cluster),
    ]),
};

const TRY = 'nslookup kubernetes.default   # inside a Pod; cat /etc/resolv.conf says whom it asks';

function stopped(cluster: Cluster, stop: Stop): Draft[] {
  const { hop, step, paths, asked } = stop;
  const rule = filterOf(stop);
  const counted = countedLately(cluster, stop);
  // A policy is there to drop: whether a Pod is to resolve names, only its author knows (policy-drop).
  if (rule?.owner === 'calico' && counted === null && !asked) return [];
  const services = [...new Set(paths.flatMap(({ pair }) => pair.service ?? []))].join(', ');
  const nodes = [...new Set(paths.map(({ pair }) => pair.fromNode))].join(', ');
  return [
    pathDraft(cluster, stop, {
      ...(counted?.byRule === true ? { confidence: 'certain' as const, surer: null } : {}),
      title: `Pods of ${nodes} get no answer from DNS (${services}): ${rule === null ? `it stops at ${hop.place}` : `a rule of ${rule.table} ${rule.chain} on ${hop.node}`}`,
      because: `${step.sentence} Nothing else that was tried stops there: it is DNS alone.${counted === null ? '' : ` ${counted.sentence}`} Programs wait 5 s for each name, and then say that it does not exist.`,
      mend: [
        'Let UDP and TCP port 53 pass from Pods to the DNS Service and its Pods: in an egress policy DNS has to be allowed by itself.',
        ...(step.command === null ? [] : [`${step.command}   # on ${hop.node}`]),
        'kubectl get networkpolicies -A',
        TRY,
      ],
      shows: rule === null ? [] : [rule.chain],
    }),
  ];
}

/** Of several one is enough. */
function nobodyServes({ inventory }: Cluster): Draft[] {
  if (inventory?.kinds.services.state !== 'listed' || inventory.kinds.endpointSlices.state !== 'listed')
    return [];
  const services = Object.values(inventory.services).filter(
    ({ ports, type }) => type !== 'ExternalName' && ports.some(isDnsPort),
  );
  const isServed = ({ namespace, name }: ServiceFact): boolean =>
    Object.values(inventory.endpointSlices).some(
      (slice) =>
        slice.namespace === namespace &&
        slice.service === name &&
        slice.endpoints.some(({ ready, serving }) => ready || serving),
    );
  const [first] = services;
  if (first === undefined || services.some(isServed)) return [];
  const { namespace, name, clusterIps, selector = {} } = first;
  const wanted = Object.entries(selector)
    .map((pair) => pair.join('='))
    .join(',');
  return [
    draft({
      confidence: services.length === 1 ? 'certain' : 'likely',
      surer: services.length === 1 ? null : 'See whom Pods ask: cat /etc/resolv.conf inside one.',
      title: `The cluster’s DNS (${namespace}/${name}) has nobody behind it`,
      because: `${services.length === 1 ? 'It is the only Service' : `None of ${services.length} Services`} with UDP port 53${services.length === 1 ? ', and it' : ''} has an endpoint that is ready: whoever asks ${clusterIps[0] ?? name} for a name gets no answer. Addresses still work.`,
      proofs: [
        ...proof(inventory.kinds.endpointSlices, `${namespace} ${name}`, name),
        ...proof(inventory.kinds.services, clusterIps[0] ?? name),
      ],
      mend: [
        'Have its Pods run and be ready (CoreDNS: its Deployment’s replicas, its logs, its readiness).',
        `kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${name} -o wide`,
        `kubectl -n ${namespace} get pods ${wanted === '' ? '' : `-l ${shellWord(wanted)} `}-o wide`,
        TRY,
      ],
      touches: services.map((one) => serviceCalled(`${one.namespace}/${one.name}`)),
    }),
  ];
}
