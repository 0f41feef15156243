// Calico uses an address for a node that is not the one at which others find it: autodetection took that of another device, or the node
// has been given another since (calico#1628).
import { parsePrefix } from '../../route/address.ts';
import { everywhere, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { isInwardOnly } from '../node-addresses.ts';
import { calicoNamespace } from '../pods.ts';
import { bgpOf, wholeNode } from '../subject.ts';

const ANNOTATIONS = ['projectcalico.org/IPv4Address', 'projectcalico.org/IPv6Address'] as const;

export const nodeAddressMismatch: Detector = {
  id: 'node-address-mismatch',
  concludes: 'the address that Calico has for a node is not one at which others reach it',
  explainedBy: ['node-identity-clash'],
  detect(cluster) {
    const kinds = cluster.inventory?.kinds.nodes;
    return everywhere(
      cluster.nodes.flatMap((node) => mismatches(cluster, node)),
      kinds?.state === 'listed'
        ? null
        : 'Kubernetes’ nodes were not listed: what Calico wrote there is not known.',
    );
  },
};

function mismatches(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const kube = cluster.inventory?.nodes[node.entity.kubernetesName ?? ''];
  if (kube === undefined || (node.snapshot.addresses?.value ?? null) === null) return [];
  return ANNOTATIONS.flatMap((key): Draft[] => {
    const told = kube.annotations[key];
    const address = told?.split('/')[0] ?? '';
    if (told === undefined || parsePrefix(told) === null) return [];
    const holder = [...node.devices.values()].find(({ addresses }) =>
      addresses.some((one) => one.address === address),
    );
    const others = cluster.nodesAt(address).filter((one) => one !== node);
    const outward = [...node.devices.values()].filter(({ role }) => role === 'nic');
    // Of several NICs each may be meant; an address of a bridge or a dummy is at home on this node alone.
    if (holder !== undefined && !isInwardOnly(node, kube, address)) return [];
    // NAT in front of the node: Kubernetes has that address, too.
    if (holder === undefined && kube.addresses.includes(address) && others.length === 0) return [];
    const own = outward.flatMap(({ addresses }) =>
      addresses.filter(({ scope, family }) => scope === 'global' && (family === 6) === address.includes(':')),
    );
    const instead = own[0]?.address ?? kube.addresses[0] ?? '';
    return [
      draft({
        node: node.label,
        device: holder?.name ?? null,
        title: `Calico has ${address} for ${node.label}, ${holder === undefined ? 'which it does not have' : `the address of its ${holder.name}`}`,
        because: `The annotation ${key} of node ${kube.name} says ${told}. ${
          holder === undefined
            ? `No interface of ${node.label} has it${others.length === 0 ? '' : `; ${others.map(({ label }) => label).join(', ')} has`}`
            : `It belongs to ${holder.name}, which leads to nobody outside`
        }${instead === '' ? '' : `; its NIC has ${instead}`}. Peers and tunnels of the other nodes go to the wrong place.`,
        proofs: [
          ...proof(cluster.inventory?.kinds.nodes, address),
          ...proof(node.snapshot.links, address, instead),
        ],
        mend: [
          'Tell Calico which interface to take (IP_AUTODETECTION_METHOD, in the operator nodeAddressAutodetection), and restart calico-node there.',
          `kubectl set env daemonset/calico-node -n ${calicoNamespace(cluster)} IP_AUTODETECTION_METHOD=kubernetes-internal-ip`,
          `calicoctl get node ${kube.name} -o yaml   # spec.bgp.ipv4Address`,
        ],
        breaks: [bgpOf(node.label), wholeNode(node.label)],
        touches: [bgpOf(node.label)],
      }),
    ];
  });
}
