// What `ip link set DEV down` does to a namespace and to what hangs on the device: net/ipv4/fib_semantics.c fib_sync_down_dev,
// net/ipv6/addrconf.c addrconf_ifdown, net/8021q/vlan.c vlan_device_event, drivers/net/veth.c veth_close.
import type { Route } from '../../probe/facts.ts';
import { interfacesIn } from '../../topology/lookups.ts';
import type { InterfaceEntity, NetnsId, NodeEntity } from '../../topology/model.ts';
import type { TraceKnown } from '../../trace/known.ts';
import { withDevices, withRoutes, type DeviceState } from './changed-facts.ts';

export interface LinkDown {
  readonly known: TraceKnown;
  /** Devices that are down with it, itself first. */
  readonly down: readonly InterfaceEntity[];
  /** Those that have lost their carrier. */
  readonly dark: readonly InterfaceEntity[];
  /** Of the node's own namespace, before and after. */
  readonly routes: {
    readonly netnsId: NetnsId;
    readonly was: readonly Route[];
    readonly is: readonly Route[];
  };
}

export function linkDown(known: TraceKnown, node: NodeEntity, device: InterfaceEntity): LinkDown {
  const { topology } = known;
  const all = interfacesIn(topology.interfaces, node.rootNetns).filter(({ until }) => until === null);
  const below = new Map(
    (known.readings.get(node.label)?.snapshot.links?.value ?? []).map((link) => [
      link.name,
      link.peerIfindex,
    ]),
  );
  const isOn = (one: InterfaceEntity, lower: InterfaceEntity): boolean =>
    one !== lower && one.kind !== 'veth' && below.get(one.name) === lower.ifindex;
  const down = withAbove([device], (lower) => all.filter((one) => one.kind === 'vlan' && isOn(one, lower)));
  const dark = darkened(topology.interfaces, all, down, isOn);
  const names = new Set(down.map(({ name }) => name));
  const was = topology.forwarding[node.rootNetns]?.routes ?? [];
  const is = was.flatMap((route) => withoutDevices(route, names));
  const states = new Map<InterfaceEntity['id'], DeviceState>([
    ...dark.map(
      (one) => [one.id, { adminUp: one.adminUp, carrier: false, operstate: 'LOWERLAYERDOWN' }] as const,
    ),
    ...down.map((one) => [one.id, { adminUp: false, carrier: false, operstate: 'DOWN' }] as const),
  ]);
  return {
    known: withRoutes(withoutAddresses6(withDevices(known, states), down), new Map([[node.rootNetns, is]])),
    down,
    dark,
    routes: { netnsId: node.rootNetns, was, is },
  };
}

function withAbove(
  first: readonly InterfaceEntity[],
  above: (lower: InterfaceEntity) => readonly InterfaceEntity[],
): InterfaceEntity[] {
  const found = new Set(first);
  for (const lower of found) for (const one of above(lower)) found.add(one);
  return [...found];
}

/** The other end of a cable, what shares a NIC (macvlan), a bridge or bond whose last port it was. */
function darkened(
  interfaces: TraceKnown['topology']['interfaces'],
  all: readonly InterfaceEntity[],
  down: readonly InterfaceEntity[],
  isOn: (one: InterfaceEntity, lower: InterfaceEntity) => boolean,
): InterfaceEntity[] {
  const gone = new Set(down);
  const ends = down.flatMap(({ kind, peer }) => {
    const other = kind === 'veth' || kind === 'netkit' ? interfaces[peer?.interfaceId ?? ''] : undefined;
    return other === undefined || other.until !== null ? [] : [other];
  });
  const sharing = all.filter(
    (one) => /^(macv|ipv)/.test(one.kernelKind ?? one.kind) && down.some((lower) => isOn(one, lower)),
  );
  const masters = all.filter((master) => {
    if (master.kind !== 'bridge' && master.kind !== 'bond') return false;
    const ports = all.filter(({ masterIfindex }) => masterIfindex === master.ifindex);
    return (
      ports.some((port) => gone.has(port)) &&
      ports.every((port) => gone.has(port) || port.adminUp === false || port.carrier === false)
    );
  });
  return [...new Set([...ends, ...sharing, ...masters])].filter((one) => !gone.has(one));
}

/** Addresses of IPv4 stay, and with them what the machine takes as its own; those of IPv6 go. */
function withoutDevices(route: Route, names: ReadonlySet<string>): Route[] {
  const { family, type, dev, nexthops } = route;
  if (nexthops.length > 0) {
    const hit = nexthops.filter((hop) => names.has(hop.dev));
    if (hit.length === 0) return [route];
    const left = nexthops.filter((hop) => !names.has(hop.dev) && hop.flags?.includes('dead') !== true);
    // A nexthop object goes with its device; a path of a route is marked dead while another lives.
    if (left.length === 0) return [];
    if (family === 6 || route.nexthopId !== undefined) return [{ ...route, nexthops: left }];
    const marked = nexthops.map((hop) =>
      names.has(hop.dev) ? { ...hop, flags: [...new Set([...(hop.flags ?? []), 'dead', 'linkdown'])] } : hop,
    );
    return [{ ...route, nexthops: marked }];
  }
  if (dev === null || !names.has(dev)) return [route];
  return family === 4 && type === 'local' ? [route] : [];
}

function withoutAddresses6(known: TraceKnown, down: readonly InterfaceEntity[]): TraceKnown {
  const interfaces = { ...known.topology.interfaces };
  for (const { id } of down) {
    const device = interfaces[id];
    if (device !== undefined)
      interfaces[id] = { ...device, addresses: device.addresses.filter(({ family }) => family === 4) };
  }
  return { ...known, topology: { ...known.topology, interfaces } };
}
