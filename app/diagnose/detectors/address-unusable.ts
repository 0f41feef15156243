// An address by which others look for a Pod or a node is not one that its kernel answers for: duplicate address detection found it with
// somebody else and gave it up (RFC 4862 §5.4.5; IFA_F_DADFAILED of net/ipv6/addrconf.c), or a Pod of two families has lost one of them.
import { shellWord } from '../../probe/shell-word.ts';
import { PASTED } from '../../topology/input.ts';
import { interfacesIn } from '../../topology/lookups.ts';
import type { InterfaceEntity, PodEntity } from '../../topology/model.ts';
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { settledPods } from '../pods.ts';
import { addressOf, bgpOf, deviceOf, podCalled, routesOf, wholeNode } from '../subject.ts';

export const addressUnusable: Detector = {
  id: 'address-unusable',
  concludes: 'an address of a Pod or node is not used, since somebody else has it, or is gone from the Pod',
  explainedBy: ['link-down', 'ipv6-disabled', 'node-identity-clash', 'duplicate-pod-ip'],
  detect: (cluster) =>
    everywhere(
      cluster.nodes.flatMap((node) => [
        ...[...node.devices.values()].flatMap((device) => ofNode(node, device)),
        ...settledPods(cluster, node).flatMap((pod) => ofPod(cluster, node, pod)),
      ]),
    ),
};

/** Of what leads to others: what a bridge or a Pod's cable has beside is at home on this node alone. */
function ofNode(node: DiagnosedNode, device: InterfaceEntity): Draft[] {
  const { label, snapshot } = node;
  const { role, name, addresses } = device;
  if (role !== 'nic' && role !== 'tunnel') return [];
  return addresses
    .filter(({ duplicate, scope }) => duplicate === true && scope === 'global')
    .map(({ address, prefixLength }) =>
      draft({
        node: label,
        device: name,
        title: `${label} does not use ${address} on ${name}: somebody else has it`,
        because: `Before its kernel took ${address} it asked on ${name} whether anybody has it, and somebody answered: the address is marked “dadfailed”, and ${label} neither answers for it nor sends from it, nor has it the route to its network.`,
        proofs: [...proof(snapshot.addresses, address), ...proof(snapshot.links, name)],
        mend: [
          'Find who else has it – a cloned machine, a second interface in the same network, a loop in it –, give one of them another, then set it anew: the kernel does not try again.',
          ...again(label, name, `${address}/${prefixLength}`, ''),
        ],
        breaks: [wholeNode(label), bgpOf(label), routesOf(label), deviceOf(label, name), addressOf(address)],
        touches: [wholeNode(label), addressOf(address)],
        family: 6,
      }),
    );
}

function again(label: string, name: string, address: string, run: string): string[] {
  return [
    `${run}ip -6 addr show dev ${shellWord(name)}   # on ${label}: dadfailed`,
    `${run}ip -6 addr del ${address} dev ${shellWord(name)}; ${run}ip -6 addr add ${address} dev ${shellWord(name)}`,
  ];
}

function ofPod(cluster: Cluster, node: DiagnosedNode, pod: PodEntity): Draft[] {
  const { topology } = cluster;
  const who = podName(pod);
  const { label, snapshot } = node;
  const inside = interfacesIn(topology.interfaces, pod.netnsId ?? '').filter(({ until }) => until === null);
  const own = inside.flatMap(({ name, addresses }) => addresses.map((one) => ({ ...one, name })));
  // One that none of its namespace's has anything of keeps its addresses elsewhere: in a virtual machine, or a network of its own (gVisor).
  if (!pod.ips.some((ip) => own.some(({ address }) => address === ip))) return [];
  const host = topology.interfaces[pod.hostInterfaceId ?? ''];
  const isPasted = cluster.known.readings.get(label)?.hostKeyFingerprint === PASTED;
  // Who pastes “ip -4 addr” has shown nothing of IPv6.
  const isRead = (family: 4 | 6): boolean => !isPasted || own.some((one) => one.family === family);
  return pod.ips.flatMap((ip): Draft[] => {
    const held = own.find(({ address }) => address === ip);
    const family = ip.includes(':') ? 6 : 4;
    if (held === undefined ? !isRead(family) : held.duplicate !== true) return [];
    const name = held?.name ?? topology.interfaces[pod.podInterfaceId ?? '']?.name ?? null;
    const run = 'nsenter -t PID -n ';
    return [
      draft({
        node: label,
        device: name,
        pod: who,
        title:
          held === undefined
            ? `${who} does not have ${ip}, which Kubernetes says it has`
            : `${who} does not use ${ip}: somebody else has it`,
        because:
          held === undefined
            ? `No device in its network on ${label} has ${ip}, while others of its addresses are there: somebody took it away. What is sent to it is not for the Pod, and the Pod cannot send from it.`
            : `Before its kernel took ${ip} it asked on ${held.name} whether anybody has it, and somebody answered – a host that has the address itself, or answers for it (proxy_ndp) –: the address is marked “dadfailed”, and the Pod neither answers for it nor sends from it.`,
        proofs: [...proof(snapshot.pods, ip), ...proof(cluster.inventory?.kinds.pods, ip)],
        mend: [
          'Delete the Pod, so that the CNI plugin wires it anew; see who took the address away or has it as well. By hand:',
          ...(name === null || family === 4
            ? []
            : again(label, name, `${ip}/${held?.prefixLength ?? 128}`, run)),
          `kubectl -n ${pod.namespace ?? 'default'} delete pod ${pod.name}`,
        ],
        breaks: [podCalled(who), addressOf(ip)],
        touches: [
          wholeNode(label),
          podCalled(who),
          addressOf(ip),
          ...(host === undefined ? [] : [deviceOf(label, host.name)]),
        ],
        family,
      }),
    ];
  });
}
