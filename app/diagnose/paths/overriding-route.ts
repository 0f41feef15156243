// A route that is longer than the network's own, or of a better metric, or that has other ways beside the one to the node where the Pod is:
// packets for Pods go its way. Nobody of the cluster's network made it, or somebody beyond the cluster has told it (a router that announces a Pod's address).
import type { Route } from '../../topology/model.ts';
import { inPrefix, parseAddress, parsePrefix } from '../../route/address.ts';
import { routeOwner } from '../../route/owner.ts';
import { routeText } from '../../route/route-text.ts';
import type { TraceHop } from '../../trace/model.ts';
import type { Cluster, DiagnosedNode } from '../cluster.ts';

/** The network's own have a protocol, or are the kernel's. */
const OF_PEOPLE: ReadonlySet<string> = new Set(['boot', 'static', 'dhcp', 'other']);

interface Overridden {
  /** By which the network itself would send it, to another node. */
  readonly own: Route;
  /** It is one of the ways of the route that is taken, which has others beside: some packets go by those. */
  readonly beside: boolean;
}

/** Null where it goes by the network's own route, or there is none. */
export function overridden(cluster: Cluster, hop: TraceHop, destination: string): Overridden | null {
  const route = hop.steps.findLast((step) => step.stage === 'route' && step.route !== null)?.route ?? null;
  const address = parseAddress(destination);
  const prefix = parsePrefix(route?.dst ?? '');
  if (hop.isPod || route === null || address === null || prefix === null) return null;
  const main = (cluster.topology.forwarding[hop.netnsId]?.routes ?? []).filter(
    ({ table, type }) => (table === 'main' || table === '254') && type === 'unicast',
  );
  const taken = main.find(
    (one) => one.dst === route.dst && one.proto === route.proto && routeText(one) === route.text,
  );
  if (taken === undefined) return null;
  const isHome = leadsHome(cluster, hop, destination);
  const isOfPeople = OF_PEOPLE.has(routeOwner(taken));
  const home = homeOf(cluster, destination);
  // What a node tells routers of its Pods, they may know: by whichever of them its packets go.
  if (!isOfPeople && home !== null && tellsRouters(cluster, home)) return null;
  const beside = taken.nexthops.find(({ via }) => isHome?.(via) === true);
  if (beside !== undefined && hop.nextHop !== null && isHome?.(hop.nextHop) === false)
    return { own: { ...taken, via: beside.via, dev: beside.dev, nexthops: [] }, beside: true };
  const leads = isOfPeople
    ? (via: string | null): boolean => leadsToNode(cluster, hop.nodeId, via)
    : hop.nextHop === null || leadsToNode(cluster, hop.nodeId, hop.nextHop)
      ? null
      : isHome;
  if (leads === null) return null;
  const own = main.find(
    (one) =>
      leads(one.via) &&
      isBehind(one, taken, prefix.length) &&
      holds(one.dst, address) &&
      `${one.via ?? ''} ${one.dev ?? ''}` !== `${hop.nextHop ?? ''} ${hop.egress ?? ''}`,
  );
  return own === undefined ? null : { own, beside: false };
}

/** Shorter, or as long and of a worse metric. */
function isBehind({ dst, metric }: Route, taken: Route, length: number): boolean {
  const own = parsePrefix(dst)?.length ?? 0;
  return own > 0 && (own < length || (own === length && metric > taken.metric));
}

export function holds(dst: string, address: NonNullable<ReturnType<typeof parseAddress>>): boolean {
  const prefix = parsePrefix(dst);
  return prefix?.family === address.family && inPrefix(address, prefix);
}

/** Each route of a node's that has thousands is asked about. `nodesAt` knows no link-local addresses, which next hops of IPv6 often are. */
const holders = new WeakMap<Cluster, ReadonlyMap<string, ReadonlySet<string>>>();

/** Ids of nodes that have a next hop, on their NIC or their tunnel: of a link-local address there may be several. */
export function holdersOf(cluster: Cluster, via: string): readonly string[] {
  const known = holders.get(cluster) ?? holdersIn(cluster);
  holders.set(cluster, known);
  return [...(known.get(via) ?? [])];
}

function leadsToNode(cluster: Cluster, from: string, via: string | null): boolean {
  return holdersOf(cluster, via ?? '').some((id) => id !== from);
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

/**
 * To the node where the Pod is that it is for. What a routing daemon has learned is the network's own, as long as it stays among the nodes: it is
 * not where a router that nobody read has it, while a route beside leads straight there. Null: it is for no Pod of another node.
 */
function leadsHome(
  cluster: Cluster,
  { nodeId }: TraceHop,
  destination: string,
): ((via: string | null) => boolean) | null {
  const home = homeOf(cluster, destination);
  if (home === null || home.entity.id === nodeId) return null;
  const own = [...home.devices.values()].flatMap(({ addresses }) => addresses.map(({ address }) => address));
  return (via) => via !== null && own.includes(via);
}

function homeOf({ nodes }: Cluster, destination: string): DiagnosedNode | null {
  return nodes.find(({ pods }) => pods.some(({ ips }) => ips.includes(destination))) ?? null;
}

/** It has a session that is up with somebody who is none of the nodes. */
function tellsRouters({ bgp }: Cluster, { entity }: DiagnosedNode): boolean {
  return bgp.pairs.some(
    ({ sides, ends }) =>
      sides.some(({ nodeId }) => nodeId === entity.id) &&
      sides.some(({ nodeId }) => nodeId === null) &&
      ends.some((end) => end?.health === 'established'),
  );
}
