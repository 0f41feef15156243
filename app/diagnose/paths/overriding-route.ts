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
      const prefix = parsePrefix(dst);
      return (
        prefix !== null &&
        prefix.family === address.family &&
        prefix.length > 0 &&
        (prefix.length < taken.length || (prefix.length === taken.length && metric > own.metric)) &&
        inPrefix(address, prefix) &&
        `${via ?? ''} ${dev ?? ''}` !== `${hop.nextHop ?? ''} ${hop.egress ?? ''}` &&
        leadsToNode(cluster, hop.nodeId, via)
      );
    }) ?? null
  );
}

/** A next hop that another node has, on its NIC or its tunnel. */
function leadsToNode({ nodes }: Cluster, from: string, via: string | null): boolean {
  return nodes.some(
    ({ entity, devices }) =>
      entity.id !== from &&
      [...devices.values()].some(({ addresses }) => addresses.some(({ address }) => address === via)),
  );
}
