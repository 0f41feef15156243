// Two samples of a node's counters → what was dropped between them, for which reason (FIELD-NOTES §7). Without a capture.
import type { CountersReading } from '../probe/counter-facts.ts';
import { cpuRise, rise } from './counter-rise.ts';
import { deviceKey, type DropContext } from './drop-context.ts';
import type { DropEntry } from './drop-entry.ts';
import type { DropReason } from './drop-reasons.ts';
import { namespaceRises, type NamespaceRises } from './namespace-rises.ts';
import { reckonHooks } from './reckon-hooks.ts';
import { reckonIp, vanished, type IpHints } from './reckon-ip.ts';
import { reckonDevices, reckonSockets } from './reckon-others.ts';
import { reckonTc } from './reckon-tc.ts';
import { reckonVxlan } from './reckon-vxlan.ts';
import { mostMulticast, type MostMulticast } from './silent-drops.ts';

export interface ReckonedDrops {
  readonly drops: readonly DropEntry[];
  /** What vanished as multicast does that nobody joined, and what may have been such (silent-drops.ts). */
  readonly silent: readonly DropEntry[];
  readonly multicast: MostMulticast;
}

export function reckonDrops(
  before: CountersReading,
  after: CountersReading,
  context: DropContext,
): ReckonedDrops {
  const namespaces = namespaceRises(before, after);
  const hints = routingHints(before, after, namespaces);
  const drops: DropEntry[] = [];
  const silent: DropEntry[] = [];
  for (const ns of namespaces) {
    const own = ns.inode === null;
    const found = reckonIp(ns, {
      ...hints(ns),
      conntrackDrops: own ? cpuRise(before.conntrack, after.conntrack, 'drop') : 0,
      routeTypes: own ? context.routeTypes : null,
      tunnelled: tunnelled(ns, context),
    });
    for (const { silent: unsure = false, ...one } of [...found, ...reckonSockets(ns)])
      (unsure ? silent : drops).push({ ...one, namespace: ns.inode, device: null });
  }
  drops.push(
    ...namespaces.filter(({ inode }) => inode === null).flatMap((own) => reckonVxlan(own, context)),
    ...reckonDevices(namespaces, context),
    ...reckonHooks(before, after),
    ...reckonTc(before, after),
    ...reckonMachine(before, after),
  );
  return { drops, silent, multicast: mostMulticast(namespaces, context) };
}

const TUNNELS: readonly string[] = ['vxlan', 'ipip', 'wireguard'];

function tunnelled({ inode, devices }: NamespaceRises, context: DropContext): number {
  return devices
    .filter(({ name }) => TUNNELS.includes(context.devices.get(deviceKey(inode, name))?.kind ?? ''))
    .reduce((sum, { of }) => sum + of('txPackets'), 0);
}

/**
 * /proc/net/stat counts for the whole machine what routing refused: less what namespaces counted of it themselves, and less what
 * vanished in others, it is one's own. In a node that is a container others have a share in it that nobody here can see.
 */
function routingHints(
  before: CountersReading,
  after: CountersReading,
  namespaces: readonly NamespaceRises[],
) {
  const routing = (column: string): number => cpuRise(before.routing, after.routing, column);
  const counted = (...names: readonly string[]): number =>
    namespaces.reduce((sum, { of }) => sum + names.reduce((own, name) => own + of(name), 0), 0);
  const martians =
    routing('in_martian_src') + routing('in_martian_dst') - counted('TcpExtIPReversePathFilter');
  const noRoutes = routing('in_no_route') - counted('IpExtInNoRoutes', 'IpInAddrErrors');
  const all = namespaces.reduce((sum, ns) => sum + vanished(ns), 0);
  const own = after.wholeMachine && before.wholeMachine;
  const neighboursFailed = cpuRise(before.arp, after.arp, 'res_failed') > 0;
  return (ns: NamespaceRises): Omit<IpHints, 'conntrackDrops' | 'routeTypes' | 'tunnelled'> => {
    const elsewhere = own ? all - vanished(ns) : 0;
    return {
      martians: Math.max(0, martians - elsewhere),
      noRoutes: Math.max(0, noRoutes - elsewhere),
      own,
      neighboursFailed,
    };
  };
}

/** What only the node as a whole counts. */
function reckonMachine(before: CountersReading, after: CountersReading): DropEntry[] {
  const entries: DropEntry[] = [];
  const add = (reason: DropReason, device: string | null, packets: number, counter: string): void => {
    if (packets <= 0) return;
    entries.push({ reason, namespace: null, device, packets, proof: [{ counter, rise: packets }] });
  };
  const [cpus, were] = [after.softnetDropped, before.softnetDropped];
  if (cpus.length === were.length) {
    const dropped = cpus.reduce((sum, value, cpu) => sum + rise(were[cpu] ?? value, value), 0);
    add('softnet', null, dropped, 'softnet_stat dropped');
  }
  const lostRaces = cpuRise(before.conntrack, after.conntrack, 'insert_failed');
  add('conntrack-insert', null, lostRaces, 'nf_conntrack insert_failed');
  const neighbours = (column: string): number =>
    cpuRise(before.arp, after.arp, column) + cpuRise(before.ndisc, after.ndisc, column);
  add('neighbour-table', null, neighbours('table_fulls'), 'arp_cache + ndisc_cache table_fulls');
  add(
    'neighbour-queue',
    null,
    neighbours('unresolved_discards'),
    'arp_cache + ndisc_cache unresolved_discards',
  );
  for (const link of after.links) {
    const old = before.links.find(({ ifindex, name }) => ifindex === link.ifindex && name === link.name);
    if (old === undefined) continue;
    add('other-mac', link.name, rise(old.otherhost ?? 0, link.otherhost ?? 0), `${link.name} rx otherhost`);
  }
  return entries;
}
