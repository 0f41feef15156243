// Who installed a route, from what the kernel keeps of it. Protocol numbers: linux/rtnetlink.h and iproute2's
// rt_protos; Calico's use of them: felix `DeviceRouteProtocol` (80), BIRD (12). FIELD-NOTES §1: from v3.33 Felix may
// own tunnel routes as well, so that an owner is told, never asserted.
import { UNKNOWN_PROTO } from '../probe/facts.ts';
import type { Route } from '../topology/model.ts';

export type RouteOwner =
  'kernel' | 'bird' | 'felix' | 'boot' | 'static' | 'dhcp' | 'router-advertisement' | 'unknown' | 'other';

const BY_PROTOCOL: Readonly<Record<string, RouteOwner>> = {
  redirect: 'kernel',
  '1': 'kernel',
  kernel: 'kernel',
  '2': 'kernel',
  boot: 'boot',
  '3': 'boot',
  static: 'static',
  '4': 'static',
  ra: 'router-advertisement',
  '9': 'router-advertisement',
  bird: 'bird',
  '12': 'bird',
  dhcp: 'dhcp',
  '16': 'dhcp',
  '80': 'felix',
  [UNKNOWN_PROTO]: 'unknown',
};

export function routeOwner({ proto, table, type }: Pick<Route, 'proto' | 'table' | 'type'>): RouteOwner {
  // The local table is the kernel's own, whatever its entries say: local, broadcast, anycast, multicast.
  if (table === 'local' || table === '255') return 'kernel';
  if (type === 'local' || type === 'broadcast' || type === 'multicast' || type === 'anycast') return 'kernel';
  return (Object.hasOwn(BY_PROTOCOL, proto) ? BY_PROTOCOL[proto] : undefined) ?? 'other';
}

/** As the inspector says it. */
export function ownerSentence(route: Pick<Route, 'proto' | 'table' | 'type'>): string {
  switch (routeOwner(route)) {
    case 'kernel':
      return 'the kernel: follows from an address of this node';
    case 'bird':
      return 'BIRD: learned by BGP, or this node’s own block';
    case 'felix':
      return 'Felix (Calico): protocol 80';
    case 'boot':
      return 'set without a protocol: `ip route add`, or Calico’s CNI plugin for a Pod';
    case 'static':
      return 'the administrator: static';
    case 'dhcp':
      return 'the DHCP client';
    case 'router-advertisement':
      return 'an IPv6 router’s advertisement';
    case 'unknown':
      return 'unknown: this node’s ip does not tell';
    case 'other':
      return `protocol ${route.proto}`;
  }
}
