// How a routed Pod finds its way out (FIELD-NOTES §1): it asks by ARP for a gateway that nobody has, and the host answers for it
// (proxy ARP, net/ipv4/arp.c arp_process): if it forwards there, if proxy_arp is on, and if it would send that address out by another device.
import { inPrefix, parseAddress, parsePrefix } from '../route/address.ts';
import { interfacesWithAddress } from '../topology/lookups.ts';
import type { InterfaceEntity, PodEntity } from '../topology/model.ts';
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

/** A bridge of Pods, and the gateway that they send to in vain. */
export interface LostGateway {
  readonly bridge: InterfaceEntity;
  readonly gateway: string;
  /** Of the Pods' own network, bits. */
  readonly prefixLength: number;
  readonly pods: readonly PodEntity[];
}

/**
 * Pods behind a bridge have an address of the bridge for their gateway. One that neither the node nor anybody behind the bridge has is lost:
 * of the bridge where all its Pods look for the same, or where it has no address of that network at all; else it is the Pod that is wrong.
 */
export function lostGateways(cluster: Cluster, node: DiagnosedNode): LostGateway[] {
  const { topology } = cluster;
  const own = [...node.devices.values()];
  return own.flatMap((bridge): LostGateway[] => {
    const ports = own.filter(({ masterIfindex }) => masterIfindex === bridge.ifindex);
    // By any other port a router may be reached that nobody read.
    if (bridge.kind !== 'bridge' || bridge.adminUp === false || ports.some(({ role }) => role !== 'workload'))
      return [];
    const behind = settledPods(cluster, node).filter(
      (pod) =>
        topology.interfaces[pod.hostInterfaceId ?? '']?.masterIfindex === bridge.ifindex &&
        (cluster.inventory?.pods[pod.id.replace(/^pod:/, '')]?.networks.length ?? 0) === 0,
    );
    const told = behind.flatMap((pod) => {
      const via = defaultVia(cluster, pod);
      return via === null ? [] : [{ pod, via }];
    });
    const gateways = [...new Set(told.map(({ via }) => via))];
    const [gateway] = gateways;
    const held = gateway !== undefined && interfacesWithAddress(topology, gateway).length > 0;
    const [first] = told;
    if (gateway === undefined || gateways.length > 1 || held || first === undefined) return [];
    const prefixLength = topology.interfaces[first.pod.podInterfaceId ?? '']?.addresses.find(
      ({ family }) => family === 4,
    )?.prefixLength;
    const network = parsePrefix(`${gateway}/${String(prefixLength ?? 32)}`);
    const inNetwork = bridge.addresses.some(({ address }) => {
      const one = parseAddress(address);
      return one !== null && network?.family === one.family && inPrefix(one, network);
    });
    if (network === null || prefixLength === undefined || (told.length === 1 && inNetwork)) return [];
    if (
      isAnsweredOtherwise(node, bridge, prefixLength) ||
      told.some(({ pod }) => isFixed(cluster, pod, gateway))
    )
      return [];
    return [{ bridge, gateway, prefixLength, pods: told.map(({ pod }) => pod) }];
  });
}

/** The node answers for what is behind its other devices (proxy_arp); where that was not read, a gateway outside of any network is one of those. */
function isAnsweredOtherwise(
  { snapshot }: DiagnosedNode,
  { name }: InterfaceEntity,
  prefixLength: number,
): boolean {
  const sysctls = snapshot.settings?.value?.sysctls ?? null;
  const isOn = ['all/proxy_arp', `${name}/proxy_arp`, `${name}/proxy_arp_pvlan`].some(
    (file) => sysctls?.get(`ipv4/conf/${file}`) === '1',
  );
  return isOn || (sysctls?.has(`ipv4/conf/${name}/proxy_arp`) !== true && prefixLength === 32);
}

/** Somebody has written the gateway's MAC address into the Pod: nobody has to answer. */
function isFixed({ topology }: Cluster, { netnsId }: PodEntity, gateway: string): boolean {
  const neighbours = topology.forwarding[netnsId ?? '']?.neighbours ?? [];
  return neighbours.some(({ dst, state }) => dst === gateway && /\b(PERMANENT|NOARP)\b/.test(state));
}

function defaultVia({ topology }: Cluster, { netnsId }: PodEntity): string | null {
  const routes = topology.forwarding[netnsId ?? '']?.routes ?? [];
  const defaults = routes.filter(
    ({ dst, table, family }) => family === 4 && dst === '0.0.0.0/0' && (table === 'main' || table === '254'),
  );
  return defaults.length === 1 ? (defaults[0]?.via ?? null) : null;
}
