// Two living Pods have one address, two nodes each send it into a cable of their own, or a node has it itself: who asks gets now this, now
// that one, or none.
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { isIn, podBridges, type PodBridge } from '../bridge-pods.ts';
import { draft } from '../draft.ts';
import { settledPods } from '../pods.ts';
import { overlap } from '../prefixes.ts';
import { addressOf, deviceOf, podCalled } from '../subject.ts';
import type { PodEntity, Route } from '../../topology/model.ts';

interface Claim {
  readonly node: DiagnosedNode;
  readonly route: Route;
}

export const duplicatePodIp: Detector = {
  id: 'duplicate-pod-ip',
  concludes:
    'two living Pods have one address, two nodes deliver it to cables of their own, or a node has a Pod’s address',
  explainedBy: [],
  detect(cluster) {
    const owners = new Map<string, { readonly pod: PodEntity; readonly node: DiagnosedNode }[]>();
    for (const node of cluster.nodes)
      for (const pod of settledPods(cluster, node))
        for (const ip of pod.ips) owners.set(ip, [...(owners.get(ip) ?? []), { pod, node }]);
    const claims = claimsOf(cluster);
    const drafts = [...new Set([...owners.keys(), ...claims.keys()])].flatMap((ip): Draft[] => {
      const pods = owners.get(ip) ?? [];
      const [one, other] = pods;
      if (one !== undefined && other !== undefined) return [twice(cluster, ip, one, other)];
      const nodes = claims.get(ip) ?? [];
      // docker0 gives every node's containers the same addresses: only what Kubernetes or a pool gave away counts.
      if (nodes.length < 2 || (one === undefined && !isOfPool(cluster, ip))) return [];
      const wrong = nodes.find(({ node }) => node !== one?.node) ?? nodes[0];
      const right = nodes.find((claim) => claim !== wrong);
      return wrong === undefined || right === undefined ? [] : [claimed(ip, wrong, right, one?.pod ?? null)];
    });
    return everywhere([
      ...drafts,
      ...cluster.nodes.flatMap((node) =>
        podBridges(cluster, node).flatMap((one) => onBridge(cluster, node, one)),
      ),
      ...cluster.nodes.flatMap((node) =>
        [...node.devices.values()].flatMap((device) =>
          // Of a tunnel, pod-ip-equals-tunnel-ip tells.
          device.role === 'tunnel'
            ? []
            : device.addresses.flatMap(({ address }) => {
                const [owner] = owners.get(address) ?? [];
                return owner === undefined ? [] : [ofTheNode(cluster, node, device.name, address, owner)];
              }),
        ),
      ),
    ]);
  },
};

/** Host routes into cables of the node's own. */
function claimsOf({ nodes }: Cluster): ReadonlyMap<string, readonly Claim[]> {
  const found = new Map<string, Claim[]>();
  for (const node of nodes)
    for (const route of node.routes) {
      const [ip = '', length] = route.dst.split('/');
      const kind = node.devices.get(route.dev ?? '')?.kind;
      const host = length === (route.family === 4 ? '32' : '128');
      if (!host || route.via !== null || route.type !== 'unicast' || route.table !== 'main') continue;
      if ((kind !== 'veth' && kind !== 'netkit') || node.devices.get(route.dev ?? '')?.role !== 'workload')
        continue;
      const before = found.get(ip) ?? [];
      if (!before.some((claim) => claim.node === node)) found.set(ip, [...before, { node, route }]);
    }
  return found;
}

function isOfPool({ inventory }: Cluster, ip: string): boolean {
  return Object.values(inventory?.calico.pools ?? {}).some(({ cidr }) => overlap(cidr, ip));
}

function twice(
  cluster: Cluster,
  ip: string,
  one: { readonly pod: PodEntity; readonly node: DiagnosedNode },
  other: { readonly pod: PodEntity; readonly node: DiagnosedNode },
): Draft {
  // The younger one got what was given away.
  const [older, younger] = one.pod.since.s <= other.pod.since.s ? [one, other] : [other, one];
  const who = podName(younger.pod);
  return draft({
    node: younger.node.label,
    pod: who,
    title: `${who} and ${podName(older.pod)} both have ${ip}`,
    because: `${podName(older.pod)} on ${older.node.label} has had it for longer. Packets for ${ip} go to one of them, by where they come from.`,
    proofs: proof(cluster.inventory?.kinds.pods, ip),
    mend: [
      'Delete the younger one: it gets another address. Then ask IPAM why it was given twice.',
      `kubectl -n ${younger.pod.namespace ?? 'default'} delete pod ${younger.pod.name}`,
      `calicoctl ipam show --ip=${ip}`,
      'calicoctl ipam check',
    ],
    breaks: [addressOf(ip), podCalled(who)],
  });
}

function ofTheNode(
  cluster: Cluster,
  { label, snapshot }: DiagnosedNode,
  device: string,
  ip: string,
  { pod, node }: { readonly pod: PodEntity; readonly node: DiagnosedNode },
): Draft {
  const who = podName(pod);
  return draft({
    node: label,
    device,
    pod: who,
    title: `${label} itself has ${ip} of ${who}, on ${device}`,
    because: `${who} on ${node.label} has that address. ${label} takes what is for it for its own, and refuses what comes from it as impossible (martian).`,
    proofs: [...proof(snapshot.addresses ?? snapshot.links, ip), ...proof(cluster.inventory?.kinds.pods, ip)],
    mend: [
      `Take the address from ${device}, unless somebody can say why it is there.`,
      `ip address show dev ${shellWord(device)}   # on ${label}`,
      `ip address del ${ip}/${ip.includes(':') ? 128 : 32} dev ${shellWord(device)}`,
    ],
    breaks: [addressOf(ip), podCalled(who)],
  });
}

function claimed(ip: string, wrong: Claim, right: Claim, pod: PodEntity | null): Draft {
  const { label } = wrong.node;
  const device = wrong.route.dev ?? '';
  const host = wrong.node.devices.get(device)?.id ?? '';
  const behind = wrong.node.pods.find(({ hostInterfaceId }) => hostInterfaceId === host);
  return draft({
    confidence: pod === null ? 'likely' : 'certain',
    surer: pod === null ? 'List Kubernetes’ Pods with that address.' : null,
    node: label,
    device,
    pod: behind === undefined ? null : podName(behind),
    title: `${label} delivers ${ip} into ${device}, though it lives on ${right.node.label}`,
    because: `Both nodes have a route to ${ip} into a cable of their own${pod === null ? '' : `, and ${podName(pod)}, which has that address, runs on ${right.node.label}`}. What is sent to it from ${label} never leaves that node, and ${label} may tell others that it is there.`,
    proofs: [...proof(wrong.node.snapshot.routes4, ip), ...proof(right.node.snapshot.routes4, ip)],
    mend: [
      `Find out what is behind ${device}; if nobody is, take the route away.`,
      `ip route show ${ip}   # on both nodes`,
      `ip route del ${wrong.route.dst} dev ${shellWord(device)}   # on ${label}`,
      `calicoctl ipam show --ip=${ip}`,
    ],
    breaks: [addressOf(ip)],
  });
}

/** Who asks a bridge for an address that two behind it have is answered by both. The wrong one is whom Kubernetes does not give it to. */
function onBridge(cluster: Cluster, node: DiagnosedNode, { bridge, behind }: PodBridge): Draft[] {
  const { topology } = cluster;
  const { label, snapshot } = node;
  return behind.flatMap((end) => {
    const pod = topology.pods[topology.netns[end.netnsId]?.podId ?? ''];
    if (pod === undefined || pod.until !== null || pod.namespace === null) return [];
    return end.addresses.flatMap(({ address, prefixLength, family, scope }): Draft[] => {
      if (family !== 4 || scope !== 'global' || pod.ips.includes(address)) return [];
      const isBridges = bridge.addresses.some((one) => one.address === address);
      const others = behind.filter(
        (one) => one.netnsId !== end.netnsId && one.addresses.some((each) => each.address === address),
      );
      const owner = node.pods.find(({ ips, phase }) => phase === 'Running' && ips.includes(address));
      if (!isBridges && others.length === 0) return [];
      // A second address of two on their lo, or what a mesh gives each of its Pods: nobody asks that link for it.
      const isAskedFor = bridge.addresses.some((one) => isIn(address, one.address, one.prefixLength));
      if (!isAskedFor && owner === undefined) return [];
      const who = podName(pod);
      const whose = isBridges
        ? `${bridge.name}, the gateway of the Pods behind it`
        : owner === undefined
          ? 'somebody else behind that bridge'
          : podName(owner);
      const pid = topology.netns[end.netnsId]?.process?.pid ?? 'PID';
      const lost = isBridges
        ? node.pods.filter(
            ({ hostInterfaceId }) =>
              topology.interfaces[hostInterfaceId ?? '']?.masterIfindex === bridge.ifindex,
          )
        : owner === undefined
          ? []
          : [owner];
      return [
        draft({
          node: label,
          device: end.name,
          pod: who,
          title: `${who} has ${address} as well, the address of ${whose}`,
          because: `Both answer when ${address} is asked for on ${bridge.name} of ${label}, and what is sent to it goes to whoever was heard last. Kubernetes gives ${who} ${pod.ips.join(', ')} alone.`,
          proofs: [...proof(snapshot.pods, address), ...proof(cluster.inventory?.kinds.pods, address)],
          mend: [
            'Delete that Pod, so that it is wired anew; see who gives it a second address. By hand:',
            `nsenter -t ${String(pid)} -n ip address del ${address}/${String(prefixLength)} dev ${shellWord(end.name)}   # on ${label}`,
          ],
          breaks: [
            addressOf(address),
            podCalled(who),
            ...(isBridges ? [deviceOf(label, bridge.name)] : []),
            ...lost.map((one) => podCalled(podName(one))),
          ],
        }),
      ];
    });
  });
}
