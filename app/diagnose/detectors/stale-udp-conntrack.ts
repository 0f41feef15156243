// A client that keeps its source port goes on sending UDP to an endpoint of a Service that is gone: connection tracking has translated its
// first packet and translates the others alike, whatever the rules say by now (net/netfilter/nf_nat_core.c). kube-proxy deletes such
// entries when an endpoint goes; where it was not there to do it, or somebody else's translation, they live as long as the client sends.
import { canonicalAddress as canonical } from '../../route/address.ts';
import type { EndpointSliceFact, ServiceFact } from '../../probe/kube-facts.ts';
import type { TrackedFlows, TranslatedUdp } from '../../probe/tracked.ts';
import { everywhere, onEachNode, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { podCalled, serviceCalled } from '../subject.ts';

/** s: who has sent within this time is sending now. A connection without answers is forgotten after 30. */
const SENDING_S = 15;
/** s after which kube-proxy has long since deleted what led to an endpoint that went. */
const GONE_S = 60;

export const staleUdpConntrack: Detector = {
  id: 'stale-udp-conntrack',
  concludes:
    'a client of UDP goes on sending to an endpoint of a Service that is gone, by a connection that conntrack keeps',
  explainedBy: ['service-rules-stale', 'service-without-endpoints'],
  detect(cluster) {
    const { inventory } = cluster;
    if (inventory?.kinds.services.state !== 'listed' || inventory.kinds.endpointSlices.state !== 'listed')
      return everywhere([], 'Kubernetes’ Services and EndpointSlices were not listed.');
    const services = Object.values(inventory.services).filter(({ ports }) =>
      ports.some(({ protocol }) => protocol === 'UDP'),
    );
    if (services.length === 0) return everywhere([]);
    const housed = addressesOf(cluster);
    return onEachNode(
      cluster,
      'connections of UDP',
      ({ snapshot }) => snapshot.tracked,
      (node, { translated }: TrackedFlows) =>
        translated.flatMap((one) => {
          const service = services.find((each) => isTo(cluster, each, one));
          if (service === undefined || !isStale(cluster, node, service, one, housed)) return [];
          return staleDraft(cluster, node, service, one) ?? [];
        }),
    );
  },
};

/** Whoever lives: a Pod, or a node. */
function addressesOf({ topology, nodes }: Cluster): ReadonlySet<string> {
  const living = Object.values(topology.pods).filter(({ until }) => until === null);
  const all = [...living.flatMap(({ ips }) => ips), ...nodes.flatMap(({ entity }) => entity.addresses)];
  return new Set(all.map(canonical));
}

/** Its destination is the Service's, by one of its addresses or by a node's port. */
function isTo(cluster: Cluster, service: ServiceFact, { entry: { original } }: TranslatedUdp): boolean {
  const address = canonical(original.dst);
  const { clusterIps, externalIps, loadBalancerIps, ports } = service;
  const own = [...clusterIps, ...externalIps, ...loadBalancerIps].map(canonical).includes(address);
  return ports.some(
    ({ protocol, port, nodePort }) =>
      protocol === 'UDP' &&
      ((own && port === original.dport) ||
        (nodePort === original.dport && cluster.nodesAt(address).length > 0)),
  );
}

function slicesOf({ inventory }: Cluster, { namespace, name }: ServiceFact): EndpointSliceFact[] {
  return Object.values(inventory?.endpointSlices ?? {}).filter(
    (slice) => slice.namespace === namespace && slice.service === name,
  );
}

function isStale(
  cluster: Cluster,
  { snapshot }: DiagnosedNode,
  service: ServiceFact,
  { entry }: TranslatedUdp,
  housed: ReadonlySet<string>,
): boolean {
  const slices = slicesOf(cluster, service);
  // A table that somebody pasted leaves some out.
  if (slices.some(({ fromTable }) => fromTable !== undefined && fromTable.more > 0)) return false;
  const endpoint = canonical(entry.reply.src);
  // Whatever its state: who is about to end may still answer.
  const listed = slices.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses));
  if (housed.has(endpoint) || listed.map(canonical).includes(endpoint)) return false;
  return !Object.values(cluster.topology.pods).some(
    ({ ips, until }) =>
      until !== null && snapshot.at.s - until.s < GONE_S && ips.map(canonical).includes(endpoint),
  );
}

/** Null: nobody sends, as far as one can tell, and it will soon be forgotten. */
function staleDraft(
  cluster: Cluster,
  { label, snapshot }: DiagnosedNode,
  service: ServiceFact,
  { entry, count, quietS, packets }: TranslatedUdp,
): Draft | null {
  const { original, reply, family, isReplied } = entry;
  const unanswered = !isReplied && packets !== null && packets.sent > 1 && packets.answered === 0;
  const single = packets !== null && packets.sent <= 1;
  if (single || !(unanswered || (quietS !== null && quietS <= SENDING_S))) return null;
  const name = `${service.namespace}/${service.name}`;
  const source = canonical(original.src);
  const pod = Object.values(cluster.topology.pods).find(
    ({ ips, until, hostNetwork }) => until === null && !hostNetwork && ips.map(canonical).includes(source),
  );
  const who = pod === undefined ? null : podName(pod);
  const endpoint = canonical(reply.src);
  const destination = canonical(original.dst);
  const others = count > 1 ? ` ${String(count - 1)} more connections there are alike.` : '';
  const sent = unanswered
    ? `${String(packets.sent)} packets were sent so, and none was answered.`
    : `Its last packet came ${String(quietS)} s before it was read.`;
  return draft({
    ...(unanswered
      ? {}
      : {
          confidence: 'likely' as const,
          surer:
            'Read it twice some seconds apart: a connection that stays as long is one whose client goes on sending (with net.netfilter.nf_conntrack_acct=1 its packets are counted).',
        }),
    node: label,
    pod: who,
    title: `${label} still translates UDP of ${who ?? source} to Service ${name} to ${endpoint}, which is gone`,
    because: `Conntrack has a connection from ${source} port ${String(original.sport)} to ${destination} port ${String(original.dport)} that it translates to ${endpoint}, which is neither in the Service’s EndpointSlices nor any living Pod’s. ${sent} As long as the client keeps its port, no rule is asked again.${others}`,
    proofs: [
      ...proof(snapshot.tracked, `${original.dst} ${reply.src}`),
      ...proof(cluster.inventory?.kinds.endpointSlices, service.name),
    ],
    mend: [
      `Delete the connections on ${label}: the next packet is translated by the rules. Then see whether kube-proxy there runs, whose task that is.`,
      `conntrack -D${family === 6 ? ' -f ipv6' : ''} -p udp --orig-dst ${destination} --reply-src ${endpoint}`,
    ],
    touches: [serviceCalled(name), ...(who === null ? [] : [podCalled(who)])],
  });
}
