// A node's own packets that a route sends from an address to which no answer comes back (`ip route … src`; net/ipv4/fib_semantics.c
// fib_result_prefsrc), though one from the interface's own would. What MASQUERADE rewrites takes the interface's (nf_nat_masquerade.c).
import { wholeFilters } from '../../probe/whole-filters.ts';
import { inPrefix, parseAddress, parsePrefix } from '../../route/address.ts';
import type { InterfaceEntity, Route } from '../../topology/model.ts';
import type { TracePath } from '../../trace/model.ts';
import type { Cluster, DiagnosedNode } from '../cluster.ts';
import { decision, waysOut } from '../destinations.ts';
import { knownAddresses } from '../node-addresses.ts';
import { packetSource } from './packet-ends.ts';
import { hasLeft, type StoppedPath } from './stopped-path.ts';

export interface PreferredSource {
  readonly node: DiagnosedNode;
  readonly route: Route;
  /** The address that the route names. */
  readonly source: string;
  /** The interface's own, which would be taken without. */
  readonly own: string;
  /** Whom it asks has that address as well, and ignores what comes from it (net/ipv4/arp.c arp_process, ip_route_input). */
  readonly isTaken: boolean;
}

/** Null: it has no such source, or one that may be meant. */
export function preferredSource(
  cluster: Cluster,
  { pair, path, forth = null, back }: Pick<StoppedPath, 'pair' | 'path' | 'forth' | 'back'>,
): PreferredSource | null {
  const hops = (back ? forth : path)?.hops ?? [];
  const [first] = hops;
  const node = pair.fromPod === null ? cluster.node(pair.fromNode) : null;
  const other = cluster.node(pair.toNode ?? '');
  if (first === undefined || node === null || other === null || node === other || first.isPod) return null;
  const source = packetSource(first.packet);
  const last = hops.at(-1);
  // Unread rules may rewrite it.
  if (last === undefined || packetSource(last.packet) !== source || !areRulesRead(node)) return null;
  const route = foreignOf(cluster)
    .routes.get(node)
    ?.find((one) => one.prefsrc === source && one.dst === first.route?.dst);
  const own = route === undefined ? null : ownAddress(node.devices.get(first.egress ?? ''), route.family);
  if (route === undefined || own === null) return null;
  // Where an answer that has left goes on, routers know that nobody has read; what ends here, or at somebody else, ends whoever means it.
  if (hasLeft(path) && isHabit(cluster, node, route)) return null;
  const isTaken = [...other.devices.values()].some(({ addresses }) =>
    addresses.some(({ address }) => address === source),
  );
  return answersOtherwise(other, pair.to, source, own) ? { node, route, source, own, isTaken } : null;
}

/**
 * A node's own packet comes from an address that is not of the interface by which it leaves, and of the rules there, which may give it that
 * one (MASQUERADE), not all were read: to whom it is answered is not known. @param forth null: it is nobody's.
 */
export function mayBeMasqueraded(cluster: Cluster, forth: TracePath | null): boolean {
  const [first] = forth?.hops ?? [];
  const node = first === undefined || first.isPod || first.ingress !== null ? null : cluster.node(first.node);
  if (first === undefined || node === null || areRulesRead(node)) return false;
  const source = packetSource(first.packet);
  const device = node.devices.get(first.egress ?? '');
  const own = ownAddress(device, source.includes(':') ? 6 : 4);
  return own !== null && device?.addresses.some(({ address }) => address === source) === false;
}

function areRulesRead({ snapshot }: DiagnosedNode): boolean {
  return wholeFilters(snapshot.firewall) !== null;
}

interface Foreign {
  /** Routes that name an address that is not of their interface, and by which nobody of the cluster knows the node. */
  readonly routes: ReadonlyMap<DiagnosedNode, readonly Route[]>;
  /** Who sends from which address: by family to other nodes of the cluster, by family and destination whatever that is. */
  readonly senders: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<DiagnosedNode>>>;
}

const known = new WeakMap<Cluster, Foreign>();

function foreignOf(cluster: Cluster): Foreign {
  const before = known.get(cluster);
  if (before !== undefined) return before;
  const routes = new Map<DiagnosedNode, readonly Route[]>();
  const senders = new Map<string, Map<string, Set<DiagnosedNode>>>();
  const leads = leadsToNode(cluster);
  for (const node of cluster.nodes) {
    const own = node.routes.filter((route) => isForeign(cluster, node, route));
    routes.set(node, own);
    for (const route of own)
      for (const key of [...(leads(route) ? [familyKey(route)] : []), destinationKey(route)]) {
        const bySource = senders.get(key) ?? new Map<string, Set<DiagnosedNode>>();
        senders.set(key, bySource);
        const source = route.prefsrc ?? '';
        bySource.set(source, (bySource.get(source) ?? new Set<DiagnosedNode>()).add(node));
      }
  }
  const found = { routes, senders };
  known.set(cluster, found);
  return found;
}

const familyKey = ({ family }: Route): string => String(family);
const destinationKey = ({ family, dst }: Route): string => `${String(family)} ${dst}`;

/** To a node itself, or by it to its Pods. */
function leadsToNode({ nodes }: Cluster): (route: Route) => boolean {
  const held = new Set(
    nodes.flatMap(({ devices }) =>
      [...devices.values()].flatMap(({ addresses }) =>
        addresses.flatMap(({ address, scope }) => (scope === 'global' ? address : [])),
      ),
    ),
  );
  const own = nodes.flatMap(({ entity }) => entity.addresses.flatMap((one) => parseAddress(one) ?? []));
  return ({ dst, via, nexthops }) => {
    if ([via, ...nexthops.map((hop) => hop.via)].some((hop) => hop !== null && held.has(hop))) return true;
    const prefix = parsePrefix(dst);
    return prefix !== null && prefix.length > 0 && own.some((address) => inPrefix(address, prefix));
  };
}

function isForeign(
  { inventory }: Cluster,
  { entity, devices }: DiagnosedNode,
  { prefsrc, type, proto, dev, nexthops }: Route,
): boolean {
  if (prefsrc === null || type !== 'unicast' || proto === 'kernel') return false;
  const ways = nexthops.length > 0 ? nexthops.map((hop) => hop.dev) : [dev ?? ''];
  return (
    !knownAddresses(inventory?.nodes[entity.kubernetesName ?? '']).has(prefsrc) &&
    !ways.some((way) => devices.get(way)?.addresses.some(({ address }) => address === prefsrc) === true)
  );
}

function ownAddress(device: InterfaceEntity | undefined, family: 4 | 6): string | null {
  const own = device?.addresses.find((one) => one.family === family && one.scope === 'global');
  return own?.address ?? null;
}

/**
 * The others send so as well, each from an address of its own: routers that nobody has read know these (BGP to the switch, with addresses
 * of lo). One that several send from is none by which a router could bring answers back to each.
 */
function isHabit(cluster: Cluster, node: DiagnosedNode, route: Route): boolean {
  const { senders } = foreignOf(cluster);
  const others = [familyKey(route), destinationKey(route)].flatMap((key) =>
    [...(senders.get(key) ?? [])].flatMap(([source, by]) =>
      [...by].some((one) => one !== node) ? [source] : [],
    ),
  );
  return others.length > 0 && !others.includes(route.prefsrc ?? '');
}

function answersOtherwise(node: DiagnosedNode, from: string, source: string, own: string): boolean {
  const way = (to: string): string | null => {
    const answer = decision(node, { from, to, iif: null });
    if (answer === null || answer.kind !== 'route') return null;
    return `${waysOut(answer).join(' ')} ${answer.route.via ?? ''}`;
  };
  const better = way(own);
  return better !== null && better !== way(source);
}
