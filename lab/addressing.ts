import { createHash } from 'node:crypto';

// The classic cluster's numbers: three machines on 10.12.0.0/16, a /24 of Pods each, as the walkthrough shows.

/** The NIC's name on every node; its ifindex is 2, as on a machine with one NIC. */
export const NIC = 'ens192';
export const NIC_IFINDEX = 2;
export const DOCKER_BRIDGE_IFINDEX = 3;
export const FIRST_WORKLOAD_IFINDEX = 4;
/** `eth0` in a Pod is 3 in the walkthrough: 1 is lo, 2 was tunl0. */
export const POD_IFINDEX = 3;
export const NIC_MTU = 1500;
export const POD_MTU = 1440;
export const GATEWAY = '10.12.0.1';
export const NODE_PREFIX_LENGTH = 16;
export const NODE_NETWORK = '10.12.0.0/16';
export const GATEWAY6 = 'fd00:10:12:22::1';
export const NODE_PREFIX_LENGTH6 = 64;
export const NODE_NETWORK6 = 'fd00:10:12:22::/64';
export const POD_POOL = '192.168.0.0/16';
export const POD_POOL6 = 'fd00:192:168::/48';
export const BLOCK_LENGTH6 = 120;
/** Proxy ARP answers for this address on every caliX (Calico, "Why can't I see the 169.254.1.1 address?"). */
export const POD_GATEWAY = '169.254.1.1';
export const WORKLOAD_MAC = 'ee:ee:ee:ee:ee:ee';
/** The link-local address that the kernel makes of WORKLOAD_MAC (RFC 4291, appendix A): of every caliX, and so every Pod's gateway. */
export const POD_GATEWAY6 = 'fe80::ecee:eeff:feee:eeee';
export const CNI_BRIDGE = 'cni0';
/** Beyond those of any number of Pods. */
export const CNI_BRIDGE_IFINDEX = 1000;
export const TUNNEL_IFINDEX = 1001;
export const TUNNEL6_IFINDEX = 1002;
export const HTTP_PORT = 8080;
/** The kernel's number of Felix's routes (Felix `DeviceRouteProtocol`); `ip` has no name for it. */
export const FELIX_PROTOCOL = 80;
/** Node 0 is the master: 254 - 150 - 1 workers fit into 10.12.22.0/24. */
export const MAX_WORKERS = 103;
export const MAX_PODS_PER_WORKER = 250;

/** Calico's interface name: prefix + the first 11 hex digits of sha1("namespace.pod"). */
export function workloadInterface(namespace: string, pod: string): string {
  return `cali${createHash('sha1').update(`${namespace}.${pod}`).digest('hex').slice(0, 11)}`;
}

/** @param index 0 is the master, 1 the first worker. */
export function nodeName(index: number): string {
  return index === 0 ? 'k8s-master' : `k8s-worker-${index}`;
}

export function nodeAddress(index: number): string {
  return `10.12.22.${150 + index}`;
}

export function nodeBlock(index: number): string {
  return `192.168.${index}.0/24`;
}

export function nodeAddress6(index: number): string {
  return `fd00:10:12:22::${150 + index}`;
}

/** Room for a byte, as in IPv4: Calico's own default of /122 holds 64 Pods. */
export function nodeBlock6(index: number): string {
  return `fd00:192:168:${index}::/${BLOCK_LENGTH6}`;
}

/** The nth address of a block; 0 is the block's own. */
export function blockAddress(block: string, n: number): string {
  const base = block.split('/')[0] ?? '';
  if (!base.includes(':')) return base.replace(/0$/, n.toString());
  return n === 0 ? base : `${base}${n.toString(16)}`;
}

export function blockLength(block: string): number {
  return Number(block.split('/')[1]);
}

/** Of a node's tunnel; drawn at random where tunnels are real. */
export function tunnelMac(index: number, family: 4 | 6): string {
  return `66:c1:${family === 4 ? '04' : '06'}:0a:0c:${index.toString(16).padStart(2, '0')}`;
}

/** A VMware address, as the classic machines have; worker 1's is the walkthrough's own. */
export function nodeMac(index: number): string {
  return `00:50:56:b4:bf:${((index + 1) % 256).toString(16).padStart(2, '0')}`;
}

export function dockerMac(index: number): string {
  return `02:42:40:ac:69:${((0xa3 + index) % 256).toString(16).padStart(2, '0')}`;
}

/** BIRD's protocol name for a peer, as Calico's template spells it: of the full mesh, or of a BGPPeer for all nodes or for some. */
export function peerProtocolName(kind: 'Mesh' | 'Global' | 'Node', peerAddress: string): string {
  return `${kind}_${peerAddress.replaceAll(/[.:]/g, '_')}`;
}
