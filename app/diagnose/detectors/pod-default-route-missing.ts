// A Pod has no way out: no default route, or none to its gateway. It reaches nothing, and answers nobody outside its own subnet.
import { shellWord } from '../../probe/shell-word.ts';
import type { PodEntity } from '../../topology/model.ts';
import { onEachNode, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { packetDestination } from '../paths/packet-ends.ts';
import { surveyOf } from '../paths/stops.ts';
import { podsBehindGateways } from '../pod-gateway.ts';
import { settledPods } from '../pods.ts';
import { podCalled, wholeNode } from '../subject.ts';

export const podDefaultRouteMissing: Detector = {
  id: 'pod-default-route-missing',
  concludes: 'a Pod has no default route, or no route to its gateway',
  explainedBy: ['link-down', 'ipv6-disabled', 'address-unusable'],
  detect: (cluster) =>
    onEachNode(
      cluster,
      'networks inside Pods',
      ({ snapshot }) => snapshot.pods,
      (node, insides) => [
        ...settledPods(cluster, node).flatMap((pod) => lacksSix(cluster, node, pod)),
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
