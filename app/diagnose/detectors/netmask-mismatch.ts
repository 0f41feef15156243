// An address has another mask than all others on its link: who has it takes for near what is behind a gateway, or for far who is beside it.
// Of nodes that takes a witness – a peer that reaches it straight, by its own MAC address: where a cloud's fabric stands between, each
// node may have a mask as it likes.
import { shellWord } from '../../probe/shell-word.ts';
import type { InterfaceEntity } from '../../topology/model.ts';
import { isIn, podBridges, type PodBridge } from '../bridge-pods.ts';
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { destination, waysOut } from '../destinations.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { oddOnesOut } from '../odd-one-out.ts';
import { surveyOf } from '../paths/stops.ts';
import type { PathReason } from '../paths/stopped-path.ts';
import { addressOf, deviceOf, podCalled, routesOf, sessionOf, wholeNode } from '../subject.ts';

export const netmaskMismatch: Detector = {
  id: 'netmask-mismatch',
  concludes:
    'an address has another mask than those on the same link, and the routes that come of it lead wrong',
  explainedBy: ['duplicate-pod-ip', 'node-identity-clash'],
  detect: (cluster) =>
    everywhere(
      cluster.nodes.flatMap((node) => [
        ...[...node.devices.values()].flatMap((device) => ofNic(cluster, node, device)),
        ...podBridges(cluster, node).flatMap((one) => onBridge(cluster, node, one)),
      ]),
    ),
};

function ofNic(cluster: Cluster, node: DiagnosedNode, device: InterfaceEntity): Draft[] {
  if (device.role !== 'nic') return [];
  const own = device.addresses.filter(({ family, scope }) => family === 4 && scope === 'global');
  return own.flatMap(({ address, prefixLength }): Draft[] => {
    if (!node.entity.addresses.includes(address)) return [];
    const peers = cluster.nodes.flatMap((peer) =>
      peer === node
        ? []
        : [...peer.devices.values()].flatMap((nic) =>
            nic.role !== 'nic'
              ? []
              : nic.addresses
                  .filter((one) => one.family === 4 && isIn(address, one.address, one.prefixLength))
                  .map((one) => ({ peer, nic, ...one })),
          ),
    );
    const [usual, ...different] = [...new Set(peers.map((one) => one.prefixLength))];
    const [first] = peers;
    if (first === undefined || usual === undefined || peers.length < 2 || different.length > 0) return [];
    // A second address may have the right one.
    if (own.some((one) => one.prefixLength === usual && isIn(first.address, one.address, usual))) return [];
    const witness = peers.find(({ peer, nic }) =>
      peer.snapshot.neighbours?.value?.some(
        ({ dst, dev, mac }) => dst === address && dev === nic.name && mac !== null && mac === device.mac,
      ),
    );
    if (witness === undefined) return [];
    const { label, snapshot } = node;
    const missed = peers.filter((one) => !isIn(one.address, address, prefixLength));
    const isNarrow = missed.length > 0;
    const names = (isNarrow ? missed : peers).map(({ peer }) => peer.label).join(', ');
    return [
      draft({
        severity: isNarrow ? 'error' : 'warning',
        node: label,
        device: device.name,
        title: `${address} on ${device.name} of ${label} has the mask /${String(prefixLength)}, its neighbours have /${String(usual)}`,
        because: `${names} ${isNarrow ? `are on the same wire (${witness.peer.label} reaches ${label} there by its own MAC address), and by its mask ${label} takes them for far: it has no route of its own to them and sends to a gateway, or nowhere, what is for them.` : `are on the same wire with /${String(usual)}: ${label} takes for near what is behind a router, and asks for it in vain.`}`,
        proofs: [
          ...proof(snapshot.addresses ?? snapshot.links, address),
          ...proof(first.peer.snapshot.addresses ?? first.peer.snapshot.links, first.address),
          ...proof(witness.peer.snapshot.neighbours, address),
        ],
        mend: [
          'Give the address the mask of its network, there and where it is configured (netplan, ifcfg, DHCP); then see that the routes by it stand.',
          `ip -br address show dev ${shellWord(device.name)}   # on ${label}`,
          `ip address add ${address}/${String(usual)} brd + dev ${shellWord(device.name)} && ip address del ${address}/${String(prefixLength)} dev ${shellWord(device.name)}   # on ${label}`,
          'ip route   # do those to other nodes’ Pods stand?',
        ],
        breaks: [
          routesOf(label),
          deviceOf(label, device.name),
          ...missed.flatMap(({ peer, address: far }) => [addressOf(far), sessionOf(label, peer.label)]),
        ],
        touches: [wholeNode(label)],
      }),
    ];
  });
}

/** Where packets of a Pod end that takes others for near, or has lost the way to its gateway. */
const BY_MASK: ReadonlySet<PathReason> = new Set<PathReason>([
  'nobody-has-address',
  'neighbour-failed',
  'no-route',
]);

function onBridge(cluster: Cluster, node: DiagnosedNode, { bridge, pods }: PodBridge): Draft[] {
  const own = bridge.addresses.find(
    ({ address, family, scope, prefixLength }) =>
      family === 4 &&
      scope === 'global' &&
      pods.some(
        (one) => isIn(one.address, address, prefixLength) || isIn(address, one.address, one.prefixLength),
      ),
  );
  const lengths = new Map<string, number>(pods.map(({ pod, prefixLength }) => [podName(pod), prefixLength]));
  if (own !== undefined) lengths.set('', own.prefixLength);
  const { label, snapshot } = node;
  const compared = oddOnesOut(lengths);
  if (compared === null) return [];
  const { usual } = compared;
  return compared.odd.flatMap(({ label: who, value }): Draft[] => {
    const words = (address: string, device: string) => ({
      node: label,
      title: `${address} on ${who === '' ? `${device} of ${label}` : `${device} inside ${who}`} has the mask /${String(value)}, the others on ${bridge.name} have /${String(usual)}`,
    });
    const commands = (address: string, device: string) => [
      `ip address add ${address}/${String(usual)} brd + dev ${shellWord(device)}`,
      `ip address del ${address}/${String(value)} dev ${shellWord(device)}`,
    ];
    if (who === '') {
      const lost = pods.filter(({ address }) => {
        const answer = destination(node, address);
        return answer !== null && !waysOut(answer).includes(bridge.name);
      });
      if (own === undefined || lost.length === 0) return [];
      return [
        draft({
          ...words(own.address, bridge.name),
          device: bridge.name,
          because: `The route of the Pods’ network is made of that address and its mask: ${lost.map(({ address }) => address).join(', ')} behind ${bridge.name} ${lost.length === 1 ? 'is' : 'are'} not in it, and ${label} sends what is for ${lost.length === 1 ? 'it' : 'them'} elsewhere.`,
          proofs: [
            ...proof(snapshot.addresses ?? snapshot.links, own.address),
            ...proof(snapshot.routes4, bridge.name),
          ],
          mend: [
            `Give ${bridge.name} the mask of its Pods’ network.`,
            ...commands(own.address, bridge.name).map((one) => `${one}   # on ${label}`),
          ],
          breaks: [
            deviceOf(label, bridge.name),
            routesOf(label),
            ...pods.map(({ pod }) => podCalled(podName(pod))),
          ],
          touches: [wholeNode(label)],
        }),
      ];
    }
    const odd = pods.find(({ pod }) => podName(pod) === who);
    const stops = surveyOf(cluster).stops.some(
      ({ hop, reason }) => hop.netnsId === odd?.pod.netnsId && BY_MASK.has(reason),
    );
    if (odd === undefined || !stops) return [];
    const { device, inside, address, pod } = odd;
    const pid = String(inside.pid);
    return [
      draft({
        ...words(address, device.name),
        device: device.name,
        pod: who,
        because:
          value < usual
            ? 'It takes for near what is behind its gateway, and asks for it in vain.'
            : 'It takes for far who is beside it, its gateway too, unless a route of its own leads there.',
        proofs: [...proof(inside.addresses, address), ...proof(inside.routes4, device.name)],
        mend: [
          'Delete the Pod, so that the CNI plugin wires it anew; see who changes addresses inside it. By hand:',
          ...commands(address, device.name).map((one) => `nsenter -t ${pid} -n ${one}   # on ${label}`),
        ],
        breaks: [podCalled(podName(pod))],
        touches: [podCalled(podName(pod)), wholeNode(label)],
      }),
    ];
  });
}
