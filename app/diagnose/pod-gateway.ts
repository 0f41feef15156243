// How a routed Pod finds its way out (FIELD-NOTES §1): it asks by ARP for a gateway that nobody has, and the host answers for it
// (proxy ARP, net/ipv4/arp.c arp_process): if it forwards there, if proxy_arp is on, and if it would send that address out by another device.
import type { PodEntity } from '../topology/model.ts';
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { isRouted, settledPods } from './pods.ts';

/** Calico's CNI plugin gives every Pod this one (cni-plugin pkg/dataplane/linux); one that was looked into tells its own. */
const CALICO_GATEWAY = '169.254.1.1';

export interface RoutedPod {
  readonly pod: PodEntity;
  readonly gateway: string;
  readonly device: string;
}

/** IPv4 alone: IPv6 has link-local gateways. Pods with networks beside the cluster's own (Multus) may go another way. */
export function podsBehindGateways(cluster: Cluster, node: DiagnosedNode): RoutedPod[] {
  if (node.entity.cni.name !== 'Calico') return [];
  return settledPods(cluster, node).flatMap((pod) => {
    const host = cluster.topology.interfaces[pod.hostInterfaceId ?? ''];
    const several = (cluster.inventory?.pods[pod.id.replace(/^pod:/, '')]?.networks.length ?? 0) > 0;
    const four = pod.ips.some((ip) => !ip.includes(':'));
    if (host === undefined || several || !four || !isRouted(cluster, node, pod)) return [];
    const own = cluster.topology.forwarding[pod.netnsId ?? '']?.routes.find(
      ({ dst, table }) => dst === '0.0.0.0/0' && table === 'main',
    );
    return [{ pod, gateway: own?.via ?? CALICO_GATEWAY, device: host.name }];
  });
}
