// Two ends of one link have different MTUs, or a tunnel's packets with what carries them are larger than the link below takes: small packets
// pass, large ones vanish. A Pod's MTU under its NIC's is as it should be.
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { oddOnesOut } from '../odd-one-out.ts';
import { overlap } from '../prefixes.ts';
import { destination, waysOut } from '../destinations.ts';
import { narrowRoutes } from '../route-mtus.ts';
import { deviceOf } from '../subject.ts';
import type { InterfaceEntity } from '../../topology/model.ts';

/** Bytes in front of the packet; outer IPv4 and outer IPv6. */
const OVERHEAD: Partial<Record<InterfaceEntity['kind'], readonly [number, number]>> = {
  vxlan: [50, 70],
  ipip: [20, 20],
  wireguard: [60, 80],
};

export const mtuMismatch: Detector = {
  id: 'mtu-mismatch',
  concludes:
    'both ends of a link have different MTUs, a tunnel does not fit into what it goes over, or a route takes less than others',
  explainedBy: ['mtu-mismatch'],
  detect: (cluster) =>
    everywhere([
      ...cluster.nodes.flatMap((node) => [...cables(cluster, node), ...tunnels(node)]),
      ...networks(cluster),
      ...narrowRoutes(cluster),
    ]),
};

function cables({ topology }: Cluster, node: DiagnosedNode): Draft[] {
  return node.pods.flatMap((pod): Draft[] => {
    const host = topology.interfaces[pod.hostInterfaceId ?? ''];
    const inside = topology.interfaces[pod.podInterfaceId ?? ''];
    const [outer, inner] = [host?.mtu ?? null, inside?.mtu ?? null];
    if (host === undefined || inside === undefined || outer === null || inner === null || outer === inner)
      return [];
    const who = podName(pod);
    const [larger, smaller] = outer > inner ? [host, inside] : [inside, host];
    return [
      draft({
        node: node.label,
        device: host.name,
        pod: who,
        title: `The two ends of ${who}’s cable have MTUs of ${host.mtu} (${host.name}) and ${inside.mtu} (${inside.name})`,
        because: `What ${larger.name} sends with more than ${smaller.mtu ?? 0} bytes ${smaller.name} does not take: the frame is dropped without a word, and nobody is told to send smaller ones.`,
        proofs: [...proof(node.snapshot.links, host.name), ...proof(node.snapshot.pods, inside.name)],
        mend: [
          'Give both ends the same MTU: delete the Pod, so that the CNI plugin makes both anew, or set one by hand.',
          `ip link set dev ${shellWord(host.name)} mtu ${inside.mtu}   # on ${node.label}`,
          `kubectl -n ${pod.namespace ?? 'default'} delete pod ${pod.name}`,
        ],
        breaks: [deviceOf(node.label, host.name)],
      }),
    ];
  });
}

function tunnels(node: DiagnosedNode): Draft[] {
  return [...node.devices.values()].flatMap((tunnel): Draft[] => {
    const overhead = OVERHEAD[tunnel.kind];
    if (overhead === undefined || tunnel.mtu === null || tunnel.adminUp === false) return [];
    const used = node.routes.some(
      ({ dev, via, table }) => dev === tunnel.name && table !== 'local' && via !== null,
    );
    const below = lowerOf(node, tunnel);
    if (!used || below === undefined || below.mtu === null) return [];
    const six = tunnel.tunnel?.local?.includes(':') === true;
    const room = below.mtu - overhead[six ? 1 : 0];
    if (tunnel.mtu <= room) return [];
    return [
      draft({
        node: node.label,
        device: tunnel.name,
        title: `${tunnel.name} of ${node.label} has an MTU of ${tunnel.mtu}, and ${below.name} below it room for ${room}`,
        because: `${tunnel.kind} puts ${overhead[six ? 1 : 0]} bytes in front of each packet, and ${below.name} takes ${below.mtu}. Packets of more than ${room} bytes do not fit: they are cut up or dropped, and their sender takes ${tunnel.mtu} to be fine.`,
        proofs: proof(node.snapshot.links, tunnel.name, below.name),
        mend: [
          'Set the tunnel’s MTU in the network plugin (Calico: mtu of the Installation, or vxlanMTU/ipipMTU of FelixConfiguration), then make the Pods anew; or raise the link’s.',
          `ip link set dev ${shellWord(tunnel.name)} mtu ${room}   # on ${node.label}, until then`,
          'calicoctl get felixconfigurations default -o yaml',
        ],
        breaks: [deviceOf(node.label, tunnel.name)],
        // Where the link below is the odd one in its network, it is that one's.
        touches: [deviceOf(node.label, below.name)],
      }),
    ];
  });
}

/** The link that a tunnel is bound to, or by which its other ends are reached. */
function lowerOf(node: DiagnosedNode, { tunnel, name, kind }: InterfaceEntity): InterfaceEntity | undefined {
  if (typeof tunnel?.lower === 'string') return node.devices.get(tunnel.lower);
  const far =
    tunnel?.remote ??
    (node.snapshot.fdb?.value ?? []).find(({ dev, dst }) => dev === name && dst !== null)?.dst ??
    // IPIP sends to the gateway itself.
    (kind === 'ipip' ? node.routes.find(({ dev, via }) => dev === name && via !== null)?.via : null);
  const answer = typeof far === 'string' ? destination(node, far) : null;
  const [dev] = answer === null ? [] : waysOut(answer);
  if (dev !== undefined) return node.devices.get(dev);
  // Of several NICs, with MTUs of their own, each may be meant.
  const nics = [...node.devices.values()].filter(({ role }) => role === 'nic');
  return nics.every(({ mtu }) => mtu === nics[0]?.mtu) ? nics[0] : undefined;
}

/** What Pods of that node send at most by its NIC, in whichever tunnel; the node's own TCP tells its peer what it takes. */
function largestSent({ topology }: Cluster, node: DiagnosedNode, nic: InterfaceEntity): number {
  const pods = node.pods.map(({ hostNetwork, podInterfaceId, hostInterfaceId }) => {
    const ends = [podInterfaceId, hostInterfaceId].map((id) => topology.interfaces[id ?? '']?.mtu ?? null);
    return hostNetwork ? 0 : (ends.find((mtu) => mtu !== null) ?? nic.mtu ?? 0);
  });
  const tunnels = [...node.devices.values()].map(({ kind, mtu, adminUp, tunnel }) => {
    const six = tunnel?.local?.includes(':') === true;
    const overhead = OVERHEAD[kind]?.[six ? 1 : 0];
    return overhead === undefined || mtu === null || adminUp === false ? 0 : mtu + overhead;
  });
  return Math.max(0, ...pods, ...tunnels);
}

/** NICs in one network: what one sends another has to take. */
function networks(cluster: Cluster): Draft[] {
  const { nodes } = cluster;
  const nics = nodes.flatMap((node) =>
    [...node.devices.values()].flatMap((device) => {
      const own = device.addresses.find(
        ({ scope, prefixLength, family }) => scope === 'global' && family === 4 && prefixLength < 32,
      );
      return device.role === 'nic' && device.mtu !== null && own !== undefined
        ? [{ node, device, mtu: device.mtu, network: `${own.address}/${own.prefixLength}` }]
        : [];
    }),
  );
  const groups = new Map<string, typeof nics>();
  for (const nic of nics) {
    const key = [...groups.keys()].find((network) => overlap(network, nic.network)) ?? nic.network;
    groups.set(key, [...(groups.get(key) ?? []), nic]);
  }
  return [...groups.values()].flatMap((group): Draft[] => {
    const values = new Map(group.map(({ node, mtu }) => [node.label, mtu]));
    if (new Set(values.values()).size < 2) return [];
    const largest = Math.max(...group.map(({ node, device }) => largestSent(cluster, node, device)));
    if (largest <= Math.min(...values.values())) return [];
    const most = Math.max(...values.values());
    const odd =
      oddOnesOut(values)?.odd ??
      [...values].filter(([, mtu]) => mtu !== most).map(([label, value]) => ({ label, value }));
    return odd.flatMap(({ label, value }): Draft[] => {
      const own = group.find(({ node }) => node.label === label);
      const other = group.find(({ mtu }) => mtu !== value);
      if (own === undefined || other === undefined) return [];
      return [
        draft({
          confidence: 'likely',
          surer: `Send a large packet that may not be cut: ping -M do -s ${Math.max(value, other.mtu) - 28} between the two.`,
          node: label,
          device: own.device.name,
          title: `${own.device.name} of ${label} has an MTU of ${value}, others in its network ${other.mtu}`,
          because: `${other.node.label} and ${label} are in one network, where nobody tells a sender that a frame is too large: what is larger than ${Math.min(value, other.mtu)} bytes is lost between them.`,
          proofs: [
            ...proof(own.node.snapshot.links, own.device.name),
            ...proof(other.node.snapshot.links, other.device.name),
          ],
          mend: [
            'Give all NICs in one network one MTU.',
            `ip link set dev ${shellWord(own.device.name)} mtu ${other.mtu}   # on ${label}, and in its network configuration`,
          ],
          breaks: [deviceOf(label, own.device.name)],
        }),
      ];
    });
  });
}
