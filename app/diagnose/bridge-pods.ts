// A node's bridges with the Pods whose cables are their ports: one link, on which all hear each other's ARP.
import { inPrefix, parseAddress, parsePrefix } from '../route/address.ts';
import { insideOf } from '../route/namespace-facts.ts';
import type { NamespaceInside } from '../probe/inside-facts.ts';
import type { InterfaceEntity, PodEntity } from '../topology/model.ts';
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { factOf, settledPods } from './pods.ts';

export interface BridgedPod {
  readonly pod: PodEntity;
  readonly inside: NamespaceInside;
  /** Its end of the cable. */
  readonly device: InterfaceEntity;
  /** Of it, IPv4, as was read inside. */
  readonly address: string;
  readonly prefixLength: number;
}

export interface PodBridge {
  readonly bridge: InterfaceEntity;
  /** What is at the other ends of its ports, Pods' or not. */
  readonly behind: readonly InterfaceEntity[];
  /** Those that have this network alone and were looked into. */
  readonly pods: readonly BridgedPod[];
}

/** Bridges to which nothing but cables into namespaces belongs: by any other port somebody may be reached whom nobody read. */
export function podBridges(cluster: Cluster, node: DiagnosedNode): PodBridge[] {
  const { interfaces } = cluster.topology;
  const own = [...node.devices.values()];
  return own.flatMap((bridge): PodBridge[] => {
    const ports = own.filter(({ masterIfindex }) => masterIfindex === bridge.ifindex);
    if (bridge.kind !== 'bridge' || bridge.adminUp === false || ports.length === 0) return [];
    const ends = ports.map(({ peer }) => interfaces[peer?.interfaceId ?? '']);
    if (ends.some((end) => end === undefined || end.until !== null || end.netnsId === bridge.netnsId))
      return [];
    const pods = settledPods(cluster, node).flatMap((pod): BridgedPod[] => {
      const host = interfaces[pod.hostInterfaceId ?? ''];
      const device = interfaces[pod.podInterfaceId ?? ''];
      const inside = insideOf(node.snapshot.insides, cluster.topology.netns[pod.netnsId ?? '']);
      const alone = (factOf(cluster, pod)?.networks.length ?? 0) === 0;
      if (host?.masterIfindex !== bridge.ifindex || device === undefined || inside === null || !alone)
        return [];
      const found = inside.addresses?.value
        ?.find(({ name }) => name === device.name)
        ?.addresses.find(({ address, family }) => family === 4 && pod.ips.includes(address));
      if (found === undefined) return [];
      return [{ pod, inside, device, address: found.address, prefixLength: found.prefixLength }];
    });
    return [{ bridge, behind: ends.filter((end) => end !== undefined), pods }];
  });
}

/** Whether `address` lies in the network of `of`. */
export function isIn(address: string, of: string, prefixLength: number): boolean {
  const [one, network] = [parseAddress(address), parsePrefix(`${of}/${String(prefixLength)}`)];
  return one !== null && network?.family === one.family && inPrefix(one, network);
}
