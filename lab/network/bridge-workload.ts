import { createHash } from 'node:crypto';
import {
  blockAddress,
  blockLength,
  CNI_BRIDGE,
  CNI_BRIDGE_IFINDEX,
  POD_IFINDEX,
  POD_POOL,
  POD_POOL6,
} from '../addressing.ts';
import type { Workload } from './network.ts';

// The bridge plugin (containernetworking/plugins, plugins/main/bridge) with isGateway, and the filter rules that flanneld
// and such networks need: packets to and from Pods are forwarded.

/** The first address of a node's block is its bridge's. */
const GATEWAY = 1;

export const bridgeWorkload: Workload = {
  // The plugin takes eight random digits; here they are always the same for a Pod.
  interfaceName: (namespace, pod) =>
    `veth${createHash('sha256').update(`${namespace}/${pod}`).digest('hex').slice(0, 8)}`,
  nodeBatch: (node, mtu) => [
    `link add name ${CNI_BRIDGE} index ${CNI_BRIDGE_IFINDEX} mtu ${mtu} type bridge`,
    `address add ${gateway(node.block)}/${blockLength(node.block)} broadcast + dev ${CNI_BRIDGE}`,
    ...(node.block6 === undefined
      ? []
      : [`address add ${gateway(node.block6)}/${blockLength(node.block6)} dev ${CNI_BRIDGE} nodad`]),
    `link set dev ${CNI_BRIDGE} up`,
  ],
  podBatch: (pod, node, mtu) => [
    `link add name eth0 index ${POD_IFINDEX} mtu ${mtu} address ${podMac(pod.address)} type veth peer name ${pod.hostInterface} index ${pod.hostIfindex} mtu ${mtu} netns 1`,
    'link set dev lo up',
    'link set dev eth0 up',
    `address add ${pod.address}/${blockLength(node.block)} broadcast + dev eth0`,
    `route add default via ${gateway(node.block)} dev eth0`,
    ...(pod.address6 === undefined || node.block6 === undefined
      ? []
      : [
          `address add ${pod.address6}/${blockLength(node.block6)} dev eth0 nodad`,
          `route add default via ${gateway(node.block6)} dev eth0`,
        ]),
  ],
  wireBatch: ({ hostInterface }) => [`link set dev ${hostInterface} master ${CNI_BRIDGE} up`],
  sysctls: () => [],
  firewall: (_pods, family) => forwarding(family),
};

/** Of the address (plugins, pkg/utils/hwaddr): who knew the Pod before knows its successor. */
function podMac(address: string): string {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return ['0a', '58', ...bytes].join(':');
}

function gateway(block: string): string {
  return blockAddress(block, GATEWAY);
}

/** As flanneld writes it (pkg/trafficmngr/iptables). */
function forwarding(family: 4 | 6): string {
  const pool = family === 4 ? POD_POOL : POD_POOL6;
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':FLANNEL-FWD - [0:0]',
    '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD',
    `-A FLANNEL-FWD -s ${pool} -m comment --comment "flanneld forward" -j ACCEPT`,
    `-A FLANNEL-FWD -d ${pool} -m comment --comment "flanneld forward" -j ACCEPT`,
    'COMMIT',
    '',
  ].join('\n');
}
