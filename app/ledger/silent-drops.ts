// Which of the packets that IP received, and of which nothing more was counted (P), were dropped. IPv4 multicast to a group that nobody
// here has joined (mDNS, SSDP, VRRP, OSPF) goes the same way: ip_route_input_rcu (net/ipv4/route.c) lets it go and moves no counter
// but InReceives, as a DROP in PREROUTING or INPUT does. So only what cannot have been multicast is a drop.
import { deviceKey, type DropContext } from './drop-context.ts';
import type { DropEntry } from './drop-entry.ts';
import type { NamespaceRises } from './namespace-rises.ts';

/** Namespace → how many packets of an interval may have been such multicast, at most. One that is not in it: nobody knows. */
export type MostMulticast = ReadonlyMap<number | null, number>;

export function mostMulticast(namespaces: readonly NamespaceRises[], context: DropContext): MostMulticast {
  const byInode = new Map(namespaces.map((ns) => [ns.inode, ns]));
  return new Map(
    namespaces.map((ns) => {
      if (ns.lostDevices) return [ns.inode, Infinity];
      const known = ns.devices.map((device) => {
        const { kind, peer } = context.devices.get(deviceKey(ns.inode, device.name)) ?? {};
        // What a bridge hands up came in at its ports; what loops back at `lo` comes to those who have joined.
        if (kind === 'bridge' || device.name === 'lo') return 0;
        const far = peer ? byInode.get(peer.inode) : undefined;
        const sent = far === undefined ? Infinity : multicastSent(far);
        const told = device.countsMulticast ? device.of('rxMulticast') : Infinity;
        return Math.min(device.of('rxPackets'), sent, told);
      });
      const fresh = ns.newDevices.map(({ rxPackets }) => rxPackets);
      return [ns.inode, [...known, ...fresh].reduce((sum, packets) => sum + packets, 0)];
    }),
  );
}

/** At most: IP's own, exactly (`IpExtOutMcastPkts`), and all that left without IP, as from packet sockets. */
function multicastSent({ of, has, devices, newDevices, lostDevices }: NamespaceRises): number {
  if (lostDevices || newDevices.length > 0 || !has('IpOutTransmits') || !has('IpExtOutMcastPkts'))
    return Infinity;
  const left = devices.reduce((sum, device) => sum + device.of('txPackets') + device.of('txDropped'), 0);
  return of('IpExtOutMcastPkts') + Math.max(0, left - of('IpOutTransmits') - of('Ip6OutTransmits'));
}

/** What is not decided yet, and what may have been multicast in the two intervals up to now, the latest last. */
export interface Silence {
  readonly waiting: readonly DropEntry[];
  readonly multicast: readonly [MostMulticast, MostMulticast];
}

const unknown: MostMulticast = new Map();
export const noSilence: Silence = { waiting: [], multicast: [unknown, unknown] };

/**
 * One interval later: both ends of a wire are read one after the other, and NICs count once a second or two, so that a packet may
 * stand in the interval before or after its own on the other side.
 * @param silent what vanished in the newest interval; it waits for the next.
 * @returns drops, and, as `silent-in`, what was none or may have been none.
 */
export function decideSilent(
  { waiting, multicast: [first, second] }: Silence,
  silent: readonly DropEntry[],
  newest: MostMulticast,
): { readonly entries: readonly DropEntry[]; readonly silence: Silence } {
  const spent = new Map<number | null, number>();
  const entries = waiting.flatMap((entry): DropEntry[] => {
    const { namespace, packets } = entry;
    const all = [first, second, newest].reduce((sum, most) => sum + (most.get(namespace) ?? Infinity), 0);
    const multicast = Math.min(packets, Math.max(0, all - (spent.get(namespace) ?? 0)));
    spent.set(namespace, (spent.get(namespace) ?? 0) + multicast);
    return [
      { ...entry, packets: packets - multicast },
      { ...entry, reason: 'silent-in' as const, packets: multicast },
    ].filter((one) => one.packets > 0);
  });
  return { entries, silence: { waiting: silent, multicast: [second, newest] } };
}
