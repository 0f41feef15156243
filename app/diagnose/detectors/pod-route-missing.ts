// The node of a running Pod does not send the Pod's address into the Pod's cable: its /32 (/128) is missing, or leaves by another; or
// the cable is in another bridge than the one that the node sends Pods' packets into, or in none.
import { shellWord } from '../../probe/shell-word.ts';
import type { FibAnswer } from '../../route/fib.ts';
import type { InterfaceEntity, PodEntity } from '../../topology/model.ts';
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { destination, hasAllRoutes, waysOut } from '../destinations.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { isRouted, settledPods } from '../pods.ts';
import { addressOf, deviceOf, podCalled, routesOf, wholeNode } from '../subject.ts';

export const podRouteMissing: Detector = {
  id: 'pod-route-missing',
  concludes: 'the node on which a Pod runs has no route to its address through its cable',
  explainedBy: [
    'link-down',
    'ipv6-disabled',
    'routes-flushed',
    'duplicate-pod-ip',
    'route-flapping',
    'netmask-mismatch',
  ],
  detect(cluster) {
    const drafts = cluster.nodes.flatMap((node) =>
      settledPods(cluster, node).flatMap((pod) => {
        const host = cluster.topology.interfaces[pod.hostInterfaceId ?? ''];
        if (host === undefined) return [];
        const told = isRouted(cluster, node, pod) ? missing : elsewhere;
        return pod.ips.flatMap((ip) => {
          // Its own may be among those that are missing.
          if (!hasAllRoutes(node, ip.includes(':') ? 6 : 4)) return [];
          const answer = destination(node, ip);
          return answer === null ? [] : told({ cluster, node, pod, ip, host, answer });
        });
      }),
    );
    return everywhere(
      drafts,
      cluster.inventory === null
        ? 'Which Pods run where, nobody said: name kubectl or a kubeconfig in the cluster file.'
        : null,
    );
  },
};

/** A Pod's address, its cable, and what its node does with a packet for it. */
interface Wired {
  readonly cluster: Cluster;
  readonly node: DiagnosedNode;
  readonly pod: PodEntity;
  readonly ip: string;
  readonly host: InterfaceEntity;
  readonly answer: FibAnswer;
}

function missing({ cluster, node, pod, ip, host, answer }: Wired): Draft[] {
  if (waysOut(answer).includes(host.name)) return [];
  const own = node.routes.filter(({ dst }) => dst === `${ip}/32` || dst === `${ip}/128`);
  // It has its route, and another rule or table stands before it: blackhole-shadows-pod and the trace tell.
  if (own.some(({ dev }) => dev === host.name)) return [];
  const who = podName(pod);
  const [other] = own.flatMap(({ dev }) => dev ?? []);
  const goes =
    answer.kind === 'route'
      ? `by ${answer.route.dst} out of ${waysOut(answer).join(', ') || 'no device'}`
      : answer.kind === 'rejected'
        ? `into ${answer.type} ${answer.route?.dst ?? `(rule ${answer.rule.text})`}`
        : 'nowhere: no route fits';
  const { snapshot, label } = node;
  const routes = ip.includes(':') ? snapshot.routes6 : snapshot.routes4;
  return [
    draft({
      node: label,
      device: host.name,
      pod: who,
      title:
        other === undefined
          ? `${label} has no route to ${ip} of ${who}`
          : `The route to ${ip} of ${who} on ${label} leaves by ${other}`,
      because: `${who} runs there behind ${host.name}, but a packet for ${ip} goes ${goes}. Nothing reaches it, from this node or any other${ip.includes(':') ? '' : '; and the node does not answer its ARP where source validation is strict'}.`,
      proofs: [
        ...proof(routes, ip, `${ip}/32`, ...(answer.kind === 'none' ? [] : [answer.route?.dst ?? ''])),
        ...proof(cluster.inventory?.kinds.pods, ip),
      ],
      mend: [
        `Restart calico-node on ${label}: Felix puts missing routes back. By hand:`,
        `ip route replace ${ip}/${ip.includes(':') ? 128 : 32} dev ${shellWord(host.name)} scope link proto 80   # on ${label}`,
      ],
      breaks: [podCalled(who), addressOf(ip)],
      family: ip.includes(':') ? 6 : 4,
      touches: [wholeNode(label), routesOf(label), deviceOf(label, host.name), addressOf(ip), podCalled(who)],
    }),
  ];
}

/** What goes out of a bridge comes to nobody whose cable is no port of it. */
function elsewhere({ node, pod, ip, host, answer }: Wired): Draft[] {
  if (host.kind !== 'veth' || answer.kind !== 'route') return [];
  if (node.entity.cni.opaque !== null) return [];
  const [way, ...others] = waysOut(answer);
  const bridge = node.devices.get(way ?? '');
  // By a gateway it goes to somebody else first.
  if (bridge?.kind !== 'bridge' || others.length > 0 || answer.route.via !== null) return [];
  if (host.masterIfindex === bridge.ifindex) return [];
  const master = [...node.devices.values()].find(({ ifindex }) => ifindex === host.masterIfindex);
  // A bridge may be a port of another by a cable or a VLAN.
  if (master !== undefined && (master.kind !== 'bridge' || isJoined(node, master.ifindex))) return [];
  if (master === undefined && host.masterIfindex !== null) return [];
  const who = podName(pod);
  const { label, snapshot } = node;
  const where = master === undefined ? 'in no bridge' : `in the bridge ${master.name}`;
  return [
    draft({
      node: label,
      device: host.name,
      pod: who,
      title: `${host.name}, the cable of ${who} on ${label}, is ${where}, not in ${bridge.name}`,
      because: `A packet for ${ip} goes by ${answer.route.dst} into ${bridge.name}, and ${host.name}, behind which ${who} is, is no port of it but ${where}: nothing reaches the Pod, and it does not reach its gateway.`,
      proofs: [
        ...proof(snapshot.links, `: ${host.name}@`, `"${host.name}"`),
        ...proof(ip.includes(':') ? snapshot.routes6 : snapshot.routes4, answer.route.dst),
      ],
      mend: [
        `Put the cable back into ${bridge.name}; see who took it out (a network service, NetworkManager, another CNI plugin).`,
        `ip link set dev ${shellWord(host.name)} master ${shellWord(bridge.name)}   # on ${label}`,
      ],
      family: ip.includes(':') ? 6 : 4,
      breaks: [podCalled(who), addressOf(ip), deviceOf(label, host.name)],
      touches: [wholeNode(label), podCalled(who)],
    }),
  ];
}

/** One of its ports is no Pod's: it may lead to another bridge. */
function isJoined({ devices }: DiagnosedNode, bridge: number): boolean {
  return [...devices.values()].some(
    ({ masterIfindex, role }) => masterIfindex === bridge && role !== 'workload',
  );
}
