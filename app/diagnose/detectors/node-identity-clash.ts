// Two machines under one name, one address, one tunnel address or one router id: each undoes what the other told the cluster.
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { ownBlock } from '../housed-addresses.ts';
import { isInwardOnly, knownAddresses } from '../node-addresses.ts';
import { addressOf, bgpOf, wholeNode } from '../subject.ts';

interface Mark {
  readonly what: string;
  readonly value: string;
}

const TUNNEL_ADDRESS = 'the tunnel address';

export const nodeIdentityClash: Detector = {
  id: 'node-identity-clash',
  concludes:
    'two machines have one node name, one address, one tunnel address or one BGP router id, or one has the other’s address beside its own',
  explainedBy: [],
  detect(cluster) {
    const { nodes, inventory } = cluster;
    const holders = new Map<string, { readonly mark: Mark; readonly nodes: DiagnosedNode[] }>();
    for (const node of nodes)
      for (const mark of marksOf(node, inventory)) {
        const key = `${mark.what} ${mark.value}`;
        const known = holders.get(key) ?? { mark, nodes: [] };
        if (!known.nodes.some((one) => one.entity.id === node.entity.id)) known.nodes.push(node);
        holders.set(key, known);
      }
    // Two machines clash once, by whatever they share.
    const pairs = new Map<
      string,
      { readonly one: DiagnosedNode; readonly other: DiagnosedNode; readonly marks: Mark[] }
    >();
    for (const { mark, nodes: sharing } of holders.values()) {
      const [one, ...others] = sharing;
      for (const other of one === undefined ? [] : others) {
        if (one === undefined) continue;
        const key = `${one.label} ${other.label}`;
        const known = pairs.get(key) ?? { one, other, marks: [] };
        known.marks.push(mark);
        pairs.set(key, known);
      }
    }
    return everywhere([
      ...[...pairs.values()].map((pair) => clash(cluster, pair)),
      ...nodes.flatMap((node) => taken(cluster, node)),
    ]);
  },
};

/**
 * Addresses by which Kubernetes and Calico find another node, on lo, a dummy, or as one more of a NIC: what is for that node stays here. One
 * that the other does not have itself moves between nodes (keepalived, kube-vip, a floating address), and its entry in Kubernetes is old.
 */
function taken({ nodes, inventory }: Cluster, node: DiagnosedNode): Draft[] {
  const own = knownAddresses(inventory?.nodes[node.entity.kubernetesName ?? '']);
  return nodes.flatMap((other): Draft[] => {
    if (other === node) return [];
    const kube = inventory?.nodes[other.entity.kubernetesName ?? ''];
    const others = knownAddresses(kube);
    return [...node.devices.values()].flatMap(({ name, role, addresses }) =>
      addresses
        .filter(
          ({ address, prefixLength, family }) =>
            others.has(address) &&
            !own.has(address) &&
            has(other, address) &&
            // Then Calico is wrong about the other: node-address-mismatch.
            !isInwardOnly(other, kube, address) &&
            // Of a NIC in a network of its own and of a tunnel it is a mark of two machines.
            role !== 'tunnel' &&
            !(role === 'nic' && prefixLength < (family === 4 ? 32 : 128)),
        )
        .map(({ address, prefixLength }) =>
          draft({
            node: node.label,
            device: name,
            title: `${node.label} itself has ${address} of ${other.label}, on ${name}`,
            because: `By ${address} Kubernetes, Calico and its BGP peers find ${other.label}. ${node.label} takes what is for it for its own, has no next hop there, and refuses what comes from it as impossible (martian).`,
            proofs: proof(node.snapshot.addresses ?? node.snapshot.links, address),
            mend: [
              `Take the address from ${name}, unless somebody can say why it is there.`,
              `ip address show dev ${shellWord(name)}   # on ${node.label}`,
              `ip address del ${address}/${prefixLength} dev ${shellWord(name)}`,
            ],
            breaks: [wholeNode(node.label), bgpOf(node.label), addressOf(address)],
          }),
        ),
    );
  });
}

function has({ devices }: DiagnosedNode, address: string): boolean {
  return [...devices.values()].some(({ addresses }) => addresses.some((one) => one.address === address));
}

function marksOf({ entity, devices, snapshot }: DiagnosedNode, inventory: Cluster['inventory']): Mark[] {
  const inCluster = knownAddresses(inventory?.nodes[entity.kubernetesName ?? '']);
  const ofNodes = new Set(Object.values(inventory?.nodes ?? {}).flatMap((one) => [...knownAddresses(one)]));
  const nics = [...devices.values()].filter(({ role }) => role === 'nic');
  /** A link of this machine alone: to its BMC, to a hypervisor's NAT. Every other machine's may have the same. */
  const isPrivate = (address: string, family: 4 | 6): boolean =>
    /^(169\.254\.|fe80:)/.test(address) ||
    (!ofNodes.has(address) &&
      nics.some(({ addresses }) =>
        addresses.some((other) => other.family === family && inCluster.has(other.address)),
      ));
  const addresses = [...devices.values()].flatMap(({ role, addresses: own }): Mark[] =>
    role === 'nic' || role === 'tunnel'
      ? own
          .filter(
            ({ address, scope, prefixLength, family }) =>
              // A floating address is a /32 beside the NIC's own (keepalived).
              scope === 'global' &&
              (role === 'tunnel' ||
                (prefixLength < (family === 4 ? 32 : 128) && !isPrivate(address, family))),
          )
          .map(({ address }) => ({
            what: role === 'nic' ? 'the address' : TUNNEL_ADDRESS,
            value: address,
          }))
      : [],
  );
  const routerIds = (snapshot.bird?.value?.daemons ?? []).flatMap(({ routerId, program }): Mark[] =>
    routerId === null || program !== 'bird' ? [] : [{ what: 'the BGP router id', value: routerId }],
  );
  return [
    ...addresses,
    ...routerIds,
    ...(entity.kubernetesName === null ? [] : [{ what: 'the node name', value: entity.kubernetesName }]),
  ];
}

/**
 * Whose an address is not: Kubernetes knows it as the other's; a tunnel's lies in the other's block of Pods' addresses, or stands beside one
 * of its own. Null: not known.
 */
function strangerTo(
  cluster: Cluster,
  pair: readonly DiagnosedNode[],
  { what, value }: Mark,
): DiagnosedNode | null {
  const only = (isOne: (node: DiagnosedNode) => boolean): DiagnosedNode | null => {
    const found = pair.filter(isOne);
    return found.length === 1 ? (found[0] ?? null) : null;
  };
  const { nodes = {} } = cluster.inventory ?? {};
  if (what !== TUNNEL_ADDRESS)
    return only(({ entity }) => !knownAddresses(nodes[entity.kubernetesName ?? '']).has(value));
  const has = (node: DiagnosedNode): number =>
    marksOf(node, cluster.inventory).filter(
      (mark) => mark.what === TUNNEL_ADDRESS && mark.value.includes(':') === value.includes(':'),
    ).length;
  const owner = only((node) => ownBlock(cluster, node, value));
  return owner === null ? only((node) => has(node) > 1) : (pair.find((node) => node !== owner) ?? null);
}

function clash(
  cluster: Cluster,
  {
    one,
    other,
    marks,
  }: { readonly one: DiagnosedNode; readonly other: DiagnosedNode; readonly marks: readonly Mark[] },
): Draft {
  const stranger = marks.flatMap((mark) => strangerTo(cluster, [one, other], mark) ?? [])[0];
  const said = [...new Set(marks.map(({ what, value }) => `${what} ${value}`))];
  const values = marks.map(({ value }) => value);
  return draft({
    node: (stranger ?? other).label,
    title: `${one.label} and ${other.label} both have ${said[0] ?? ''}`,
    because: `They are two machines (their host keys or boots differ), and share ${said.slice(0, 4).join(', ')}. What one tells Kubernetes, Calico or its BGP peers the other takes back.`,
    proofs: [one, other].flatMap(({ snapshot }) => [
      ...proof(snapshot.links, ...values),
      ...proof(snapshot.bird, ...values),
    ]),
    mend: [
      'Give one of them its own name, address and machine id, and let it join anew.',
      'hostname; cat /etc/machine-id; ip -br addr   # on both',
      'calicoctl get nodes -o wide   # which address and tunnel address each name has',
    ],
    breaks: [one.label, other.label].flatMap((label) => [wholeNode(label), bgpOf(label)]),
  });
}
