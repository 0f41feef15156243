// A Pod has no way out: no default route, none to its gateway, or one that leads to nobody who passes its packets on. It reaches
// nothing, and answers nobody outside its own subnet.
import { shellWord } from '../../probe/shell-word.ts';
import type { NamespaceInside } from '../../probe/inside-facts.ts';
import { isIn, podBridges, type PodBridge } from '../bridge-pods.ts';
import { onEachNode, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { surveyOf } from '../paths/stops.ts';
import type { PodEntity } from '../../topology/model.ts';
import { packetDestination } from '../paths/packet-ends.ts';
import { settledPods } from '../pods.ts';
import { lostGateways, podsBehindGateways } from '../pod-gateway.ts';
import { podCalled, wholeNode } from '../subject.ts';

export const podDefaultRouteMissing: Detector = {
  id: 'pod-default-route-missing',
  concludes: 'a Pod has no default route, no route to its gateway, or another’s address for its gateway',
  explainedBy: ['link-down', 'ipv6-disabled', 'address-unusable', 'netmask-mismatch'],
  detect: (cluster) =>
    onEachNode(
      cluster,
      'networks inside Pods',
      ({ snapshot }) => snapshot.pods,
      (node, insides) => [
        ...settledPods(cluster, node).flatMap((pod) => lacksSix(cluster, node, pod)),
        ...podBridges(cluster, node).flatMap((one) => behindBridge(cluster, node, one)),
        ...podsBehindGateways(cluster, node).flatMap(({ pod, gateway, device }): Draft[] => {
          const pid = cluster.topology.netns[pod.netnsId ?? '']?.process?.pid;
          const inside = insides.find((one) => one.pid === pid);
          const forwarding = cluster.topology.forwarding[pod.netnsId ?? ''];
          // It may have been looked into, and its routes not read.
          const looked = node.snapshot.insides?.value?.read.find((one) => one.pid === pid);
          const routes =
            looked !== undefined && (looked.routes4?.value ?? null) === null
              ? undefined
              : forwarding?.routes.filter(({ family, table }) => family === 4 && table === 'main');
          const has =
            routes?.some(({ dst, type }) => dst === '0.0.0.0/0' && type === 'unicast') ??
            inside?.defaultRoute;
          const reached = routes === undefined || routes.some(({ dst }) => dst === `${gateway}/32`);
          // Its interface is down, and its routes went with that: link-down tells.
          const up = cluster.topology.interfaces[pod.podInterfaceId ?? '']?.adminUp !== false;
          if (has === undefined || (has && reached) || !up) return [];
          const who = podName(pod);
          const name = cluster.topology.interfaces[pod.podInterfaceId ?? '']?.name ?? null;
          const dev = name === null ? 'DEVICE' : shellWord(name);
          return [
            draft({
              node: node.label,
              device: name,
              pod: who,
              title: has ? `${who} has no route to its gateway ${gateway}` : `${who} has no default route`,
              because: has
                ? `Its default route leads to ${gateway}, and no route says by which device that is reached.`
                : `Its network namespace on ${node.label} has no IPv4 default route: it reaches nothing, and its answers to anybody do not get out.`,
              proofs: proof(node.snapshot.pods, `${pid ?? ''}/net/fib_trie`),
              mend: [
                'Delete the Pod, so that the CNI plugin wires it anew; see which program inside it (or which init container) changes routes. By hand:',
                `nsenter -t ${pid ?? 'PID'} -n ip route add ${gateway} dev ${dev} scope link   # on ${node.label}`,
                `nsenter -t ${pid ?? 'PID'} -n ip route add default via ${gateway} dev ${dev}`,
              ],
              breaks: [podCalled(who)],
              touches: [podCalled(who), wholeNode(node.label), `device ${node.label} ${device}`],
              family: 4,
            }),
          ];
        }),
      ],
    ),
};

/** IPv6's: only where something that it sends has nowhere to go, for not every network gives Pods one. */
function lacksSix(cluster: Cluster, node: DiagnosedNode, pod: PodEntity): Draft[] {
  const { label, snapshot } = node;
  const own = pod.ips.find((ip) => ip.includes(':'));
  const process = cluster.topology.netns[pod.netnsId ?? '']?.process ?? null;
  const inside = snapshot.insides?.value?.read.find(
    ({ pid, startTicks }) => pid === process?.pid && startTicks === process.startTicks,
  );
  const routes = inside?.routes6?.value ?? null;
  if (own === undefined || routes === null || process === null) return [];
  if (routes.some(({ dst, type }) => dst === '::/0' && type === 'unicast')) return [];
  const lost = surveyOf(cluster).stops.some(
    ({ reason, hop }) =>
      reason === 'no-route' && hop.netnsId === pod.netnsId && packetDestination(hop.packet).includes(':'),
  );
  if (!lost) return [];
  const who = podName(pod);
  const name = cluster.topology.interfaces[pod.podInterfaceId ?? '']?.name ?? null;
  return [
    draft({
      node: label,
      device: name,
      pod: who,
      title: `${who} has no IPv6 default route`,
      because: `Its network namespace on ${label} has ${own} and no route to ::/0: what it sends by IPv6 to others, its answers among it, has nowhere to go. IPv4 is not concerned.`,
      proofs: proof(inside?.routes6, 'default'),
      mend: [
        'Delete the Pod, so that the CNI plugin wires it anew; where a router’s advertisements give the route, see whether they still come and accept_ra takes them. By hand:',
        `nsenter -t ${process.pid} -n ip -6 route   # on ${label}`,
        `nsenter -t ${process.pid} -n ip -6 route add default via GATEWAY dev ${name === null ? 'DEVICE' : shellWord(name)}`,
      ],
      breaks: [podCalled(who)],
      touches: [podCalled(who), wholeNode(label)],
      family: 6,
    }),
  ];
}

/**
 * Behind a bridge, the gateway is an address of the bridge. Told only where the Pod’s packets stop: some have routes of their own in place
 * of a default one, or another way out.
 */
function behindBridge(cluster: Cluster, node: DiagnosedNode, { bridge, behind, pods }: PodBridge): Draft[] {
  const alike = new Set(lostGateways(cluster, node).flatMap((lost) => lost.pods));
  return pods.flatMap(({ pod, inside, device, address, prefixLength }): Draft[] => {
    const own = bridge.addresses.find(
      ({ address: one, family, prefixLength: length }) =>
        family === 4 && (isIn(one, address, prefixLength) || isIn(address, one, length)),
    );
    const { netnsId } = pod;
    const lost = surveyOf(cluster).stops.filter(({ paths }) =>
      paths.some(({ path: { hops } }) => hops[0]?.netnsId === netnsId),
    );
    if (own === undefined || lost.length === 0 || alike.has(pod) || device.adminUp === false) return [];
    const via = gatewayOf(inside);
    if (via === undefined || via === own.address) return [];
    const holder = behind.find(({ addresses }) => addresses.some((one) => one.address === via));
    // One that the node has elsewhere may be meant.
    const isNodes = [...node.devices.values()].some(({ addresses }) =>
      addresses.some((one) => one.address === via),
    );
    if (
      via === null
        ? !lost.some(({ reason, hop }) => reason === 'no-route' && hop.netnsId === netnsId)
        : isNodes
    )
      return [];
    const who = podName(pod);
    const name = shellWord(device.name);
    const enter = `nsenter -t ${String(inside.pid)} -n ip route replace default via ${own.address} dev ${name}   # on ${node.label}`;
    const whose =
      holder === undefined
        ? `nobody behind ${bridge.name} has`
        : `is an address of ${holderName(cluster, holder.netnsId)}`;
    return [
      draft({
        ...{ node: node.label, device: device.name, pod: who },
        title:
          via === null ? `${who} has no default route` : `${who} has ${via} for its gateway, which ${whose}`,
        because:
          via === null
            ? `${bridge.name} of ${node.label} is its gateway by ${own.address}, and no route inside it leads there: it reaches nothing beyond ${bridge.name}, and its answers to anybody there do not get out.`
            : `Its default route leads there, and its gateway is ${bridge.name} of ${node.label}, ${own.address}: what it sends to others is not passed on.`,
        proofs: [...proof(inside.routes4, 'default'), ...proof(node.snapshot.addresses, own.address)],
        mend: [
          'Delete the Pod, so that the CNI plugin wires it anew; see which program inside it (or which init container) changes routes. By hand:',
          enter,
        ],
        breaks: [podCalled(who)],
        touches: [podCalled(who), wholeNode(node.label)],
      }),
    ];
  });
}

/** Of the default route that the kernel takes; null: there is none. Undefined: it has one without a gateway, or it was not read. */
function gatewayOf({ routes4 }: NamespaceInside): string | null | undefined {
  const routes = routes4?.value ?? null;
  if (routes === null) return undefined;
  const defaults = routes.filter(({ dst, type }) => dst === '0.0.0.0/0' && type === 'unicast');
  const [best] = defaults.filter(({ table }) => table === 'main').toSorted((a, b) => a.metric - b.metric);
  if (best === undefined) return defaults.length === 0 ? null : undefined;
  return best.via ?? undefined;
}

function holderName({ topology }: Cluster, netnsId: string): string {
  const pod = topology.pods[topology.netns[netnsId]?.podId ?? ''];
  return pod === undefined ? 'somebody else there' : podName(pod);
}
