// A route that nobody of the cluster's network made and that is longer than the network's own, or of a better metric: packets for Pods go its way.
import type { Route } from '../../topology/model.ts';
import { inPrefix, parseAddress, parsePrefix } from '../../route/address.ts';
import { routeOwner } from '../../route/owner.ts';
import type { TraceHop } from '../../trace/model.ts';
import type { Cluster } from '../cluster.ts';

/** The network's own have a protocol, or are the kernel's. */
const OF_PEOPLE: ReadonlySet<string> = new Set(['boot', 'static', 'dhcp', 'other']);

/** The route by which the network itself would send it, to another node; null where it goes by that one, or there is none. */
export function overridden(cluster: Cluster, hop: TraceHop, destination: string): Route | null {
  const route = hop.steps.findLast((step) => step.stage === 'route' && step.route !== null)?.route ?? null;
  const address = parseAddress(destination);
  const taken = parsePrefix(route?.dst ?? '');
  if (hop.isPod || route === null || address === null || taken === null) return null;
  const main = (cluster.topology.forwarding[hop.netnsId]?.routes ?? []).filter(
    ({ table, type }) => (table === 'main' || table === '254') && type === 'unicast',
  );
  const own = main.find(({ dst, proto }) => dst === route.dst && proto === route.proto);
  if (own === undefined || !OF_PEOPLE.has(routeOwner(own))) return null;
  return (
    main.find(({ dst, via, dev, metric }) => {
      if (!leadsToNode(cluster, hop.nodeId, via)) return false;
      const prefix = parsePrefix(dst);
      return (
        prefix !== null &&
        prefix.family === address.family &&
        prefix.length > 0 &&
        (prefix.length < taken.length || (prefix.length === taken.length && metric > own.metric)) &&
        inPrefix(address, prefix) &&
        `${via ?? ''} ${dev ?? ''}` !== `${hop.nextHop ?? ''} ${hop.egress ?? ''}`
      );
    }) ?? null
  );
}

/** Each route of a node's that has thousands is asked about. */
const holders = new WeakMap<Cluster, ReadonlyMap<string, ReadonlySet<string>>>();

/** A next hop that another node has, on its NIC or its tunnel. */
function leadsToNode(cluster: Cluster, from: string, via: string | null): boolean {
  const known = holders.get(cluster) ?? holdersIn(cluster);
  holders.set(cluster, known);
  return [...(known.get(via ?? '') ?? [])].some((id) => id !== from);
}

/** Ids of nodes by their addresses. */
function holdersIn({ nodes }: Cluster): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { entity, devices } of nodes)
    for (const { addresses } of devices.values())
      for (const { address } of addresses)
        found.set(address, (found.get(address) ?? new Set()).add(entity.id));
  return found;
}
