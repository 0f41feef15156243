import { NIC, NIC_MTU } from '../addressing.ts';
import type { Transport } from './network.ts';

/** Each node is the gateway to its Pods: Flannel's host-gw, or an operator's `ip route add`. */
export const hostGateways: Transport = {
  routing: 'static',
  tunnel: null,
  podMtu: () => NIC_MTU,
  nodeBatch: (plan, node) =>
    plan.nodes
      .filter((peer) => peer.index !== node.index)
      .flatMap((peer) => [
        `route add ${peer.block} via ${peer.address} dev ${NIC}`,
        ...(peer.block6 === undefined || peer.address6 === undefined
          ? []
          : [`route add ${peer.block6} via ${peer.address6} dev ${NIC}`]),
      ]),
  fdb: () => [],
  files: () => [],
  gatewayTo: (peer) => peer.address,
};
