// Kubernetes sends connections to a Pod's port, or would if an EndpointSlice listed the Pod, and nobody listens there: its sockets were read
// and none has that port, or it answers with resets now.
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { stopsClaimedAs } from '../paths/claims.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import { settledPods } from '../pods.ts';
import { packetsOf, recentDrops } from '../recent-drops.ts';
import { podCalled } from '../subject.ts';
import { slicesOf, unlistedPods } from '../unlisted-services.ts';
import type { ListeningSocket } from '../../probe/settings-facts.ts';
import type { PodEntity, PodId } from '../../topology/model.ts';

/** One reset may be of a client that came late. */
const RESETS = 3;

export const socketNotListening: Detector = {
  id: 'socket-not-listening',
  concludes: 'nobody listens on the port of a Pod to which a Service sends, or that somebody wants to reach',
  explainedBy: [],
  detect(cluster) {
    const unlisted = unlistedPorts(cluster);
    const served = cluster.nodes.flatMap((node) =>
      settledPods(cluster, node).flatMap((pod) => deaf(cluster, node, pod, unlisted.get(pod.id) ?? [])),
    );
    return everywhere(
      [...served, ...askedFor(cluster, served)],
      cluster.inventory?.kinds.endpointSlices.state === 'listed'
        ? null
        : 'Kubernetes’ EndpointSlices were not listed.',
    );
  },
};

/** A port that no Service sends to, and that somebody asks for. */
function askedFor(cluster: Cluster, served: readonly Draft[]): Draft[] {
  return stopsClaimedAs(cluster, 'socket-not-listening')
    .filter((stop) => stop.asked)
    .map((stop) =>
      pathDraft(cluster, stop, {
        confidence: 'certain',
        surer: null,
        title: `Nobody in ${stop.hop.place} listens for ${pathNames(stop.paths)}`,
        because: stop.step.sentence,
        mend: [
          'See on which port and address the program listens, and whether it runs.',
          ...(stop.step.command === null ? [] : [`${stop.step.command}   # on ${stop.hop.node}`]),
        ],
        shows: [],
      }),
    )
    .filter(({ where }) => !served.some((one) => one.where.pod !== null && one.where.pod === where.pod));
}

/** A port of a Pod to which a Service sends. */
interface Wanted {
  readonly service: string | null;
  readonly port: number;
  readonly protocol: string;
  /** No EndpointSlice says so, for the Service has none: it selects the Pod. */
  readonly unlisted?: true;
}

/** Of Services that are listed nowhere, by Pod: what is the matter with their lists is another fault than a Pod's. */
function unlistedPorts(cluster: Cluster): ReadonlyMap<PodId, readonly Wanted[]> {
  const { inventory } = cluster;
  const { services, endpointSlices } = inventory?.kinds ?? {};
  const found = new Map<PodId, Wanted[]>();
  if (inventory === null || services?.state !== 'listed' || endpointSlices?.state !== 'listed') return found;
  for (const service of Object.values(inventory.services))
    for (const { id } of unlistedPods(cluster, service, slicesOf(inventory, service)))
      found.set(id, [
        ...(found.get(id) ?? []),
        // Which port a name is, the Pod's containers say.
        ...service.ports.flatMap(({ targetPort, protocol }) =>
          /^\d+$/.test(targetPort)
            ? wantedAt({ service: service.name, port: Number(targetPort), protocol, unlisted: true })
            : [],
        ),
      ]);
  return found;
}

/** Of SCTP no sockets are read. */
function wantedAt(one: Wanted): Wanted[] {
  return /^(tcp|udp)$/i.test(one.protocol) ? [{ ...one, protocol: one.protocol.toLowerCase() }] : [];
}

function deaf(cluster: Cluster, node: DiagnosedNode, pod: PodEntity, unlisted: readonly Wanted[]): Draft[] {
  const listed = Object.values(cluster.inventory?.endpointSlices ?? {})
    .filter(
      ({ namespace, endpoints }) =>
        namespace === pod.namespace && endpoints.some((one) => one.pod === pod.name && one.ready),
    )
    .flatMap(({ service, ports }) =>
      ports.flatMap(({ port, protocol }) => (port === null ? [] : wantedAt({ service, port, protocol }))),
    );
  const wanted = [...listed, ...unlisted];
  const [first] = wanted;
  if (first === undefined) return [];
  const netns = cluster.topology.netns[pod.netnsId ?? ''];
  const inside = node.snapshot.insides?.value?.read.find(({ inode }) => inode === netns?.inode);
  const sockets = inside?.sockets ?? null;
  const isCut = (protocol: string): boolean =>
    inside?.socketsCut.some((cut) => familyless(cut.protocol) === protocol) === true;
  const silent =
    sockets === null ? [] : wanted.filter((one) => !isCut(one.protocol) && !listens(sockets, one));
  const resets =
    netns === undefined ? 0 : packetsOf(recentDrops(node), 'tcp-no-socket', { namespace: netns.inode });
  const certain = silent.length > 0;
  if (!certain && (sockets !== null || resets < RESETS || listed.length === 0)) return [];
  const told = silent[0] ?? first;
  // Charts name ports that only some installations serve.
  const hearsElse = sockets !== null && wanted.some((one) => listens(sockets, one));
  const who = podName(pod);
  const loopback =
    sockets?.some((one) => one.port === told.port && /^(127\.|::1$)/.test(one.address)) === true;
  return [
    draft({
      severity: certain && !hearsElse ? 'error' : 'warning',
      confidence: certain ? 'certain' : 'possible',
      surer: certain
        ? null
        : `Look who listens inside: kubectl -n ${pod.namespace ?? 'default'} exec ${pod.name} -- ss -ltn.`,
      node: node.label,
      pod: who,
      title: certain
        ? `Nobody listens on ${told.protocol} ${told.port} in ${who}`
        : `${who} refuses connections`,
      because: certain
        ? `The Service ${told.service ?? ''} ${told.unlisted === true ? 'selects it for' : 'sends to'} that port${loopback ? ', and the program listens on loopback alone: nothing from outside reaches it' : ', and no socket there has it'}. Each connection is refused.${hearsElse ? ' It listens on other ports that Services send to: this one may be meant for nobody.' : ''}`
        : `${resets} resets in the last seconds came from it for ports on which nobody listens; the Service ${told.service ?? ''} sends to its port ${told.port}.`,
      proofs: certain
        ? (inside?.evidence ?? []).map((id) => ({ id, shows: [String(told.port)] }))
        : proof(node.snapshot.counters, 'Tcp'),
      mend: [
        loopback
          ? 'Let the program listen on 0.0.0.0 (or ::), not on localhost.'
          : 'Let targetPort and the port of the program be the same, and the program run.',
        `kubectl -n ${pod.namespace ?? 'default'} logs ${pod.name} --tail=50`,
        `kubectl -n ${pod.namespace ?? 'default'} get service ${told.service ?? ''} -o yaml`,
      ],
      breaks: [podCalled(who)],
      touches: [podCalled(who)],
    }),
  ];
}

function listens(
  sockets: readonly ListeningSocket[],
  { port, protocol }: { readonly port: number; readonly protocol: string },
): boolean {
  return sockets.some(
    (one) => one.port === port && familyless(one.protocol) === protocol && !/^(127\.|::1$)/.test(one.address),
  );
}

/** `tcp6` takes IPv4 as well. */
function familyless(protocol: string): string {
  return protocol.replace('6', '');
}
