// A node's neighbour entry for another node, or for one of its Pods, or a Pod's for its gateway, names a MAC address that this one does not
// have: frames go to somebody else, or to nobody.
import { shellWord } from '../../probe/shell-word.ts';
import { onEachNode, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import type { Proof } from '../detected.ts';
import { destination, waysOut } from '../destinations.ts';
import { draft } from '../draft.ts';
import { overlap } from '../prefixes.ts';
import { addressOf, deviceOf, podCalled, sessionOf, wholeNode } from '../subject.ts';
import type { InterfaceEntity, Neighbour, PodEntity } from '../../topology/model.ts';

export const wrongNeighbour: Detector = {
  id: 'wrong-neighbour',
  concludes: 'a neighbour entry names a MAC address that its owner does not have',
  explainedBy: ['duplicate-mac', 'node-identity-clash', 'duplicate-pod-ip', 'link-down'],
  detect: (cluster) =>
    onEachNode(
      cluster,
      'neighbours',
      ({ snapshot }) => snapshot.neighbours,
      (node, entries) =>
        entries
          .flatMap((entry) => [...ofNode(cluster, node, entry, entries), ...ofPod(cluster, node, entry)])
          .concat(node.pods.flatMap((pod) => insidePod(cluster, node, pod))),
    ),
};

function ofNode(
  cluster: Cluster,
  node: DiagnosedNode,
  entry: Neighbour,
  entries: readonly Neighbour[],
): Draft[] {
  const { dst, dev, mac } = entry;
  const [peer, several] = cluster.nodesAt(dst);
  const device = node.devices.get(dev);
  if (mac === null || peer === undefined || several !== undefined || peer === node || device?.role !== 'nic')
    return [];
  // Beyond a router everybody has the router's.
  const near = device.addresses.some(({ address, prefixLength }) =>
    overlap(`${address}/${prefixLength}`, dst),
  );
  const own = [...peer.devices.values()];
  if (!near || own.some((one) => one.mac === mac) || own.every((one) => one.mac === null)) return [];
  const fixed = /PERMANENT|NOARP/.test(entry.state);
  // Proxy ARP of a gateway, a cloud's fabric: addresses of others have that MAC address too. All of one machine's have one in any case.
  const shared =
    !fixed &&
    entries.some(
      (one) =>
        one.dev === dev &&
        one.mac === mac &&
        one.dst !== dst &&
        !/^fe80:/i.test(one.dst) &&
        !own.some(({ addresses }) => addresses.some(({ address }) => address === one.dst)),
    );
  const holder = cluster.nodes.find((one) => [...one.devices.values()].some((each) => each.mac === mac));
  if (shared && holder === undefined) return [];
  const right = own.find(({ addresses }) => addresses.some(({ address }) => address === dst));
  const { label, snapshot } = node;
  const drafted = draft({
    confidence: fixed || holder !== undefined ? 'certain' : 'likely',
    surer:
      fixed || holder !== undefined
        ? null
        : `Ask again: ip neigh flush ${dst}, then look who answers (arping -c 3 ${dst}).`,
    node: label,
    device: dev,
    title: `${label} has a wrong MAC address for ${peer.label}: ${mac} for ${dst}`,
    because: `${right?.name ?? 'The interface'} of ${peer.label}, which has ${dst}, has ${right?.mac ?? 'another one'}; ${mac} is ${holder === undefined ? 'nobody’s that was read' : `${holder.label}’s`}. ${fixed ? 'The entry is static: nothing corrects it.' : 'Somebody else answers for that address.'} All that ${label} sends to ${peer.label} or through it is lost.`,
    proofs: [...proof(snapshot.neighbours, dst), ...proof(peer.snapshot.links, right?.name ?? dst)],
    mend: [
      fixed ? 'Take the static entry away; the kernel asks anew.' : 'Find who else answers for that address.',
      `ip neigh del ${dst} dev ${shellWord(dev)}   # on ${label}`,
      `arping -D -I ${shellWord(dev)} -c 3 ${dst}`,
    ],
    breaks: [sessionOf(label, peer.label), addressOf(dst)],
    touches: [wholeNode(peer.label), wholeNode(label), deviceOf(peer.label, right?.name ?? '')],
  });
  // What was entered by hand stays wrong, whatever else is the matter with either of them.
  return [fixed ? { ...drafted, explainedBy: [] } : drafted];
}

function ofPod(cluster: Cluster, node: DiagnosedNode, { dst, dev, mac, state }: Neighbour): Draft[] {
  if (mac === null) return [];
  const pod = node.pods.find(
    ({ ips, hostNetwork, phase }) => !hostNetwork && phase === 'Running' && ips.includes(dst),
  );
  const host = cluster.topology.interfaces[pod?.hostInterfaceId ?? ''];
  const inside = cluster.topology.interfaces[pod?.podInterfaceId ?? ''];
  if (
    pod === undefined ||
    host === undefined ||
    (host.name !== dev && node.devices.get(dev)?.ifindex !== host.masterIfindex) ||
    inside === undefined ||
    inside.mac === null ||
    inside.mac === mac
  )
    return [];
  const who = podName(pod);
  return [
    draft({
      confidence: /PERMANENT|NOARP/.test(state) ? 'certain' : 'likely',
      surer: /PERMANENT|NOARP/.test(state)
        ? null
        : 'Look again: the entry may be of the Pod that was there before.',
      node: node.label,
      device: dev,
      pod: who,
      title: `${node.label} has a wrong MAC address for ${who}: ${mac} for ${dst}`,
      because: `${inside.name} inside the Pod has ${inside.mac}: what is sent to ${dst} reaches the cable, and the Pod does not take it.`,
      proofs: [...proof(node.snapshot.neighbours, dst), ...proof(node.snapshot.pods, inside.name)],
      mend: [
        'Take the entry away; the kernel asks anew.',
        `ip neigh del ${dst} dev ${shellWord(dev)}   # on ${node.label}`,
      ],
      breaks: [podCalled(who)],
      touches: [podCalled(who)],
    }),
  ];
}

/** Whom a Pod’s frames to an address are for, by what was read. */
interface Meant {
  readonly macs: readonly string[];
  readonly sentence: string;
  /** Where his MAC address is shown. */
  readonly proofs: readonly Proof[];
}

function insidePod(cluster: Cluster, node: DiagnosedNode, pod: PodEntity): Draft[] {
  const { interfaces, netns } = cluster.topology;
  const host = interfaces[pod.hostInterfaceId ?? ''];
  const own = interfaces[pod.podInterfaceId ?? ''];
  const inode = netns[pod.netnsId ?? '']?.inode;
  const inside = node.snapshot.insides?.value?.read.find((one) => one.inode === inode);
  if (host === undefined || own === undefined || pod.hostNetwork) return [];
  if ((host.kind !== 'veth' && host.kind !== 'netkit') || isUnplugged(node, host, pod)) return [];
  const who = podName(pod);
  return (inside?.neighbours?.value ?? [])
    .filter(({ dev, mac, state }) => dev === own.name && mac !== null && !/FAILED|INCOMPLETE/.test(state))
    .filter(({ mac }) => !/^(33:33|01:00:5e|ff:ff|00:00:00:00:00:00)/.test(mac ?? ''))
    .flatMap(({ dst, mac: entered, state }): Draft[] => {
      const meant =
        host.masterIfindex === null
          ? overCable(node, host)
          : overBridge(cluster, node, { host, own, address: dst });
      if (meant === null || meant.macs.includes(entered ?? '')) return [];
      const fixed = /PERMANENT|NOARP/.test(state);
      return [
        draft({
          confidence: fixed ? 'certain' : 'likely',
          surer: fixed ? null : 'Look again: somebody may have changed its address just now.',
          node: node.label,
          device: own.name,
          pod: who,
          title: `${who} has a wrong MAC address for ${dst}: ${entered ?? ''}`,
          because: `${meant.sentence}: what the Pod sends to ${dst} is not taken.${fixed ? ' The entry is static: nothing corrects it.' : ''}`,
          proofs: [...proof(inside?.neighbours, dst), ...meant.proofs],
          mend: [
            'Take the entry away inside the Pod; its kernel asks anew.',
            `kubectl -n ${pod.namespace ?? 'default'} exec ${pod.name} -- ip neigh del ${dst} dev ${own.name}`,
          ],
          breaks: [podCalled(who)],
          touches: [podCalled(who)],
        }),
      ];
    });
}

/** Its cable is in no bridge, and has to be in one: who answered it there is right, and pod-route-missing tells. */
function isUnplugged(node: DiagnosedNode, { masterIfindex }: InterfaceEntity, { ips }: PodEntity): boolean {
  if (masterIfindex !== null) return false;
  const ways = ips
    .map((ip) => destination(node, ip))
    .flatMap((answer) => (answer === null ? [] : waysOut(answer)));
  return ways.some((name) => node.devices.get(name)?.kind === 'bridge');
}

/** A routed Pod has a cable to its node and nobody else on it: whatever it sends there is for the node's end. */
function overCable({ label, snapshot }: DiagnosedNode, { name, mac }: InterfaceEntity): Meant | null {
  if (mac === null) return null;
  const sentence = `The other end of its cable, ${name} of ${label}, has ${mac}, and nobody else is there`;
  return { macs: [mac], sentence, proofs: proof(snapshot.links, name) };
}

/** Behind a bridge, whoever has the address: the bridge, which also takes what is for the MAC address of the port that it came in by (br_handle_frame, eth_type_trans), or a Pod at another port. */
function overBridge(
  { topology }: Cluster,
  { label, snapshot, devices }: DiagnosedNode,
  { host, own, address }: { host: InterfaceEntity; own: InterfaceEntity; address: string },
): Meant | null {
  const local = [...devices.values()];
  const bridge = local.find(({ kind, ifindex }) => kind === 'bridge' && ifindex === host.masterIfindex);
  if (bridge === undefined) return null;
  const ports = local.filter(({ masterIfindex }) => masterIfindex === bridge.ifindex);
  const has = ({ addresses }: InterfaceEntity): boolean => addresses.some((one) => one.address === address);
  const behind = ports
    .map(({ peer }) => topology.interfaces[peer?.interfaceId ?? ''])
    .filter((one) => one !== undefined && one.until === null && one.id !== own.id && has(one));
  const [holder, second] = [...(has(bridge) ? [bridge] : []), ...behind];
  if (holder === undefined || second !== undefined || holder.mac === null) return null;
  const isBridge = holder === bridge;
  return {
    macs: [holder.mac, isBridge ? host.mac : null].filter((mac) => mac !== null),
    sentence: `${address} is an address of ${isBridge ? `${bridge.name} of ${label}, the bridge that it is behind` : `a Pod behind the same bridge, ${bridge.name} of ${label}`}, whose MAC address is ${holder.mac}`,
    proofs: isBridge ? proof(snapshot.links, bridge.name) : proof(snapshot.pods, holder.mac),
  };
}
