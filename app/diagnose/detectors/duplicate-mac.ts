// Two machines of one network, or two tunnel ends, have one MAC address, as clones of one image do: switches and FDBs send frames now here,
// now there.
import { shellWord } from '../../probe/shell-word.ts';
import { parseAddress } from '../../route/address.ts';
import { everywhere, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { overlap } from '../prefixes.ts';
import { deviceOf, wholeNode } from '../subject.ts';
import type { InterfaceEntity } from '../../topology/model.ts';

export const duplicateMac: Detector = {
  id: 'duplicate-mac',
  concludes: 'NICs in one network, ends of one VXLAN, or Pods on one bridge have the same MAC address',
  explainedBy: ['node-identity-clash'],
  detect: (cluster) =>
    everywhere([
      ...clashes(cluster.nodes, ({ role, kind }) => role === 'nic' && kind !== 'vlan', areNeighbours),
      ...clashes(
        cluster.nodes,
        ({ kind }) => kind === 'vxlan',
        (a, b) => a.tunnel?.vni === b.tunnel?.vni,
      ),
      ...onBridges(cluster),
    ]),
};

function clashes(
  nodes: readonly DiagnosedNode[],
  wanted: (device: InterfaceEntity) => boolean,
  meet: (one: InterfaceEntity, other: InterfaceEntity) => boolean,
): Draft[] {
  const byMac = new Map<string, { readonly node: DiagnosedNode; readonly device: InterfaceEntity }[]>();
  for (const node of nodes)
    for (const device of node.devices.values())
      if (device.mac !== null && !/^(00:){5}00$/.test(device.mac) && wanted(device))
        byMac.set(device.mac, [...(byMac.get(device.mac) ?? []), { node, device }]);
  return [...byMac].flatMap(([mac, holders]): Draft[] => {
    // Who was given this one later comes last.
    const ordered = holders.toSorted((a, b) => Number(wasGiven(a.device)) - Number(wasGiven(b.device)));
    const [first] = ordered;
    // Within a node a bond and its NICs share one.
    const other = ordered.findLast(
      (one) => one.node !== first?.node && first !== undefined && meet(first.device, one.device),
    );
    if (first === undefined || other === undefined) return [];
    const vxlan = first.device.kind === 'vxlan';
    return [
      draft({
        node: other.node.label,
        device: other.device.name,
        title: `${other.device.name} of ${other.node.label} has the MAC address of ${first.device.name} of ${first.node.label}`,
        because: `Both have ${mac}${vxlan ? ' in one VXLAN: each takes frames for the other for its own, and forwarding entries can name one of them only' : ' in one network: the switch sends frames for one to the other, whoever sent last'}.`,
        proofs: [first, other].flatMap(({ node }) => proof(node.snapshot.links, mac)),
        mend: vxlan
          ? [
              'Give one of the machines its own machine id, delete the tunnel device there and restart the network plugin: it makes a MAC of its own.',
              'cat /etc/machine-id   # on both: clones share it',
              `ip link del ${shellWord(other.device.name)}   # on ${other.node.label}; calico-node or flanneld makes it anew`,
            ]
          : [
              'Give one of them another MAC address: in the hypervisor, or where it was set by hand.',
              `ip -d link show dev ${shellWord(other.device.name)}   # permaddr is the card’s own`,
              'cat /etc/machine-id   # on both: clones share it, and names of devices follow from it',
            ],
        breaks: [
          deviceOf(other.node.label, other.device.name),
          deviceOf(first.node.label, first.device.name),
          ...(vxlan ? [] : [wholeNode(other.node.label), wholeNode(first.node.label)]),
        ],
        touches: [wholeNode(first.node.label), wholeNode(other.node.label)],
      }),
    ];
  });
}

/** Its link-local address still tells of another MAC address (RFC 4291 appendix A): this one was set while it was up. */
function wasGiven({ mac, addresses }: InterfaceEntity): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = (mac ?? '').split(':').map((byte) => parseInt(byte, 16));
  const ownHigh = (((a ^ 2) << 24) | (b << 16) | (c << 8) | 0xff) >>> 0;
  const ownLow = ((0xfe << 24) | (d << 16) | (e << 8) | f) >>> 0;
  return addresses.some(({ address }) => {
    const words = address.startsWith('fe80:') ? parseAddress(address)?.words : undefined;
    const [, , high = 0, low = 0] = words ?? [];
    const fromMac = words !== undefined && (high & 0xff) === 0xff && low >>> 24 === 0xfe;
    return fromMac && (high !== ownHigh || low !== ownLow);
  });
}

/**
 * Two NICs of which it is not known that they are in one network may be anywhere; those that have one address, too, are clones
 * (node-identity-clash), or each behind a NAT of its own.
 */
function areNeighbours(one: InterfaceEntity, other: InterfaceEntity): boolean {
  return one.addresses.some((a) =>
    other.addresses.some(
      (b) =>
        a.scope === 'global' &&
        b.scope === 'global' &&
        a.address !== b.address &&
        overlap(`${a.address}/${a.prefixLength}`, `${b.address}/${b.prefixLength}`),
    ),
  );
}

function onBridges({ topology, nodes }: Cluster): Draft[] {
  return nodes.flatMap((node) => {
    const byPlace = new Map<string, InterfaceEntity[]>();
    for (const pod of node.pods) {
      const [host, inside] = [
        topology.interfaces[pod.hostInterfaceId ?? ''],
        topology.interfaces[pod.podInterfaceId ?? ''],
      ];
      if (host === undefined || host.masterIfindex === null || inside === undefined || inside.mac === null)
        continue;
      const key = `${host.masterIfindex} ${inside.mac}`;
      byPlace.set(key, [...(byPlace.get(key) ?? []), host]);
    }
    return [...byPlace].flatMap(([key, hosts]): Draft[] => {
      const mac = key.split(' ')[1] ?? '';
      return hosts.length < 2
        ? []
        : [
            draft({
              node: node.label,
              device: hosts[0]?.name ?? null,
              title: `Pods behind ${hosts.map(({ name }) => name).join(' and ')} on ${node.label} have one MAC address`,
              because: `Both have ${mac} on one bridge, which sends frames for it to the port that it last heard it from.`,
              proofs: [...proof(node.snapshot.pods, mac), ...proof(node.snapshot.fdb, mac)],
              mend: [
                'Delete one of the Pods: it is wired anew.',
                `bridge fdb show | grep ${mac}   # on ${node.label}`,
              ],
              breaks: hosts.map(({ name }) => deviceOf(node.label, name)),
            }),
          ];
    });
  });
}
