import {
  blockAddress,
  FELIX_PROTOCOL,
  NIC,
  NIC_MTU,
  POD_POOL,
  TUNNEL6_IFINDEX,
  TUNNEL_IFINDEX,
  tunnelMac,
} from '../addressing.ts';
import type { LabPlan, NodePlan } from '../lab-plan.ts';
import type { NodeFile } from '../node-file.ts';
import type { Transport } from './network.ts';

// VXLAN as Felix (dataplane/linux/vxlan_mgr.go) and flanneld (pkg/backend/vxlan) set it up: nothing is learned. A peer is
// a route through its tunnel's address, that address's neighbour entry, and the forwarding entry of that one's MAC.

interface Tunnels {
  readonly device: string;
  readonly device6: string;
  readonly vni: number;
  readonly port: number;
  /** Felix marks its routes and blackholes the node's own block; flanneld does neither, and leaves a file for its CNI plugin. */
  readonly owner: 'felix' | 'flanneld';
}

/** Outer IPv4 or IPv6, UDP, VXLAN and inner Ethernet headers, bytes (RFC 7348, 5). */
const OVERHEAD = { 4: 50, 6: 70 } as const;

/** One family of a node's tunnels. */
interface End {
  readonly device: string;
  readonly ifindex: number;
  readonly family: 4 | 6;
  readonly mac: string;
  /** Of the node. */
  readonly underlay: string;
  readonly block: string;
  /** The tunnel's own: the block's first. */
  readonly address: string;
}

export function vxlan(tunnels: Tunnels): Transport {
  const felix = tunnels.owner === 'felix';
  const proto = felix ? ` proto ${FELIX_PROTOCOL}` : '';
  return {
    routing: 'static',
    tunnel: tunnels,
    podMtu,
    nodeBatch: (plan, node) =>
      ends(tunnels, node).flatMap((own) => [
        `link add name ${own.device} index ${own.ifindex} mtu ${NIC_MTU - OVERHEAD[own.family]} address ${own.mac} type vxlan id ${tunnels.vni} dstport ${tunnels.port} local ${own.underlay} dev ${NIC} nolearning`,
        `address add ${own.address}/${own.family === 4 ? 32 : 128} dev ${own.device}${own.family === 4 ? '' : ' nodad'}`,
        `link set dev ${own.device} up`,
        ...(felix ? [`route add blackhole ${own.block}${proto}`] : []),
        ...peers(tunnels, plan, node, own.family).flatMap((peer) => [
          `neigh add ${peer.address} lladdr ${peer.mac} dev ${own.device} nud permanent`,
          `route add ${peer.block} via ${peer.address} dev ${own.device} onlink${proto}`,
        ]),
      ]),
    fdb: (plan, node) =>
      ends(tunnels, node).flatMap((own) =>
        peers(tunnels, plan, node, own.family).map(
          (peer) => `fdb append ${peer.mac} dev ${own.device} dst ${peer.underlay} self permanent`,
        ),
      ),
    files: (_plan, node) => (felix ? [] : [subnetEnvironment(node)]),
    gatewayTo: (peer) => blockAddress(peer.block, 0),
  };
}

/** One MTU for both families: the smaller one where there is IPv6. */
function podMtu(node: NodePlan): number {
  return NIC_MTU - OVERHEAD[node.address6 === undefined ? 4 : 6];
}

function ends({ device, device6 }: Tunnels, node: NodePlan): End[] {
  const { index, block, block6, address, address6 } = node;
  const end = (family: 4 | 6, name: string, ifindex: number, underlay: string, ownBlock: string): End => ({
    device: name,
    ifindex,
    family,
    mac: tunnelMac(index, family),
    underlay,
    block: ownBlock,
    address: blockAddress(ownBlock, 0),
  });
  return [
    end(4, device, TUNNEL_IFINDEX, address, block),
    ...(address6 === undefined || block6 === undefined
      ? []
      : [end(6, device6, TUNNEL6_IFINDEX, address6, block6)]),
  ];
}

function peers(tunnels: Tunnels, plan: LabPlan, node: NodePlan, family: 4 | 6): End[] {
  return plan.nodes
    .filter(({ index }) => index !== node.index)
    .flatMap((peer) => ends(tunnels, peer))
    .filter((end) => end.family === family);
}

function subnetEnvironment(node: NodePlan): NodeFile {
  return {
    path: 'run/flannel/subnet.env',
    text: `FLANNEL_NETWORK=${POD_POOL}
FLANNEL_SUBNET=${blockAddress(node.block, 1)}/24
FLANNEL_MTU=${podMtu(node)}
FLANNEL_IPMASQ=false
`,
  };
}
