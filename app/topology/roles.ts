// What a device is for, as the graph draws it.
import type { InterfaceRole, NetnsId } from './model.ts';
import type { ObservedInterface, ObservedNode } from './observed.ts';
import type { Pairing } from './pair.ts';

const TUNNELS: readonly string[] = ['vxlan', 'ipip', 'wireguard'];
/** What the kernel calls tunnels that have no kind of ours. */
const OTHER_TUNNELS: readonly string[] = ['geneve', 'gre', 'gretap', 'sit', 'ip6tnl', 'ip6gre'];

/**
 * By what a device is and where it leads, never by its name: prefixes are configuration. In the node's own namespace a NIC is hardware, or what carries the default route or an address of the node
 * (a virtual machine's or a lab's NIC may be a veth whose other end lies outside).
 */
export function roleOf(
  node: ObservedNode,
  one: ObservedInterface,
  pairing: Pairing | undefined,
  podNamespaces: ReadonlySet<NetnsId>,
  defaultDevices: ReadonlySet<string>,
): InterfaceRole {
  if (one.kind === 'loopback') return 'loopback';
  if (one.kind === 'bridge') return 'bridge';
  if (TUNNELS.includes(one.kind) || OTHER_TUNNELS.includes(one.kernelKind ?? '')) return 'tunnel';
  if (one.netnsId !== node.rootNetns) return podNamespaces.has(one.netnsId) ? 'pod' : 'other';
  if (defaultDevices.has(one.name) || one.kind === 'physical') return 'nic';
  if (one.kind === 'veth' || one.kind === 'netkit' || one.kind === 'other') {
    if (podNamespaces.has(pairing?.netnsId ?? '')) return 'workload';
    if (node.hostRouteDevices.has(one.name)) return 'workload';
    if (one.kind !== 'other') {
      // Both ends here (cilium_host, vethwe-bridge): a cable within the node, whatever addresses it has.
      if (typeof pairing?.key === 'string' && pairing.netnsId === node.rootNetns) return 'other';
      if (leadsAway(one) && (one.masterIfindex !== null || !isWide(one))) return 'workload';
    }
  }
  if (isWide(one) && one.kind !== 'dummy' && one.kind !== 'other') return 'nic';
  return 'other';
}

/** The kernel has its other end in another namespace, even one that nobody is in. */
function leadsAway({ peerIfindex, peerNsid }: ObservedInterface): boolean {
  return peerIfindex !== null && peerNsid !== null;
}

function isWide({ addresses }: ObservedInterface): boolean {
  return addresses.some(({ scope }) => scope === 'global' || scope === 'site');
}

/** Devices of the main table's default routes. */
export function defaultDevicesOf({ snapshot }: ObservedNode): Set<string> {
  const devices = new Set<string>();
  for (const route of [...(snapshot.routes4?.value ?? []), ...(snapshot.routes6?.value ?? [])]) {
    if (
      (route.dst !== '0.0.0.0/0' && route.dst !== '::/0') ||
      route.table !== 'main' ||
      route.type !== 'unicast'
    )
      continue;
    if (route.dev !== null) devices.add(route.dev);
    for (const { dev } of route.nexthops) devices.add(dev);
  }
  return devices;
}
