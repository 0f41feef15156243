import {
  FELIX_PROTOCOL,
  POD_GATEWAY,
  POD_GATEWAY6,
  POD_IFINDEX,
  WORKLOAD_MAC,
  workloadInterface,
} from '../addressing.ts';
import { firewall } from '../firewall.ts';
import type { PodPlan } from '../lab-plan.ts';
import type { Workload } from './network.ts';

// The batches of `ip` and the sysctls with which Calico's CNI plugin (dataplane/linux/dataplane_linux.go) and Felix
// wire a workload. Both ifindexes are chosen, not taken: a recreated Pod can so repeat its predecessor's.

export const calicoWorkload: Workload = {
  interfaceName: workloadInterface,
  nodeBatch: () => [],
  // By a process that sees the node's PID 1, whose namespace gets the other end.
  podBatch: (pod, _node, mtu) => [
    `link add name eth0 index ${POD_IFINDEX} mtu ${mtu} type veth peer name ${pod.hostInterface} index ${pod.hostIfindex} mtu ${mtu} address ${WORKLOAD_MAC} netns 1`,
    'link set dev lo up',
    'link set dev eth0 up',
    `address add ${pod.address}/32 dev eth0`,
    `route add ${POD_GATEWAY} dev eth0 scope link`,
    `route add default via ${POD_GATEWAY} dev eth0`,
    ...(pod.address6 === undefined
      ? []
      : [
          `address add ${pod.address6}/128 dev eth0 nodad`,
          `route add ${POD_GATEWAY6} dev eth0`,
          `route add default via ${POD_GATEWAY6} dev eth0`,
        ]),
  ],
  wireBatch: (pod) => [
    `link set dev ${pod.hostInterface} up`,
    `route replace ${pod.address}/32 dev ${pod.hostInterface} scope link proto ${FELIX_PROTOCOL}`,
    ...(pod.address6 === undefined
      ? []
      : [`route replace ${pod.address6}/128 dev ${pod.hostInterface} proto ${FELIX_PROTOCOL}`]),
  ],
  sysctls: (pod) => [...sysctls4(pod), ...(pod.address6 === undefined ? [] : sysctls6(pod))],
  firewall,
};

/** Without proxy_delay 0 the kernel waits up to 0.8 s before it answers. */
function sysctls4({ hostInterface }: PodPlan): string[] {
  return [
    `net/ipv4/neigh/${hostInterface}/proxy_delay 0`,
    `net/ipv4/conf/${hostInterface}/rp_filter 1`,
    `net/ipv4/conf/${hostInterface}/route_localnet 1`,
    `net/ipv4/conf/${hostInterface}/proxy_arp 1`,
    `net/ipv4/conf/${hostInterface}/forwarding 1`,
  ];
}

function sysctls6({ hostInterface }: PodPlan): string[] {
  return [
    `net/ipv6/neigh/${hostInterface}/proxy_delay 0`,
    `net/ipv6/conf/${hostInterface}/proxy_ndp 1`,
    `net/ipv6/conf/${hostInterface}/forwarding 1`,
  ];
}
