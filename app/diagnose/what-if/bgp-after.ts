// What becomes of the nodes' kernels when BGP sessions have ended: routes that a daemon had by them go, or give way to what it has beside.
import { grouped } from '../../grouped.ts';
import type { BgpRoute, Route } from '../../probe/facts.ts';
import { routeOwner } from '../../route/owner.ts';
import { sameWay } from '../../route/provenance.ts';
import { routeText } from '../../route/route-text.ts';
import type { BgpSession, NetnsId, NodeEntity, NodeId } from '../../topology/model.ts';
import type { TraceKnown } from '../../trace/known.ts';
import { bestOf, heldRoutes, lostRoutes, type HeldRoute } from './bgp-loss.ts';
import { withRoutes } from './changed-facts.ts';
import type { ChangedRoute } from './model.ts';

export interface BgpAfter {
  readonly known: TraceKnown;
  readonly changes: readonly ChangedRoute[];
  readonly missing: readonly string[];
}

interface Replaced {
  readonly node: NodeEntity;
  readonly was: Route;
  readonly is: Route | null;
  readonly because: string;
}

/**
 * @param before all as it is. @param after what is left of it without what the sessions ended of; a node that failed has ended there.
 * @param cut sessions, both ends of each. @param usable whether a route's device is still there.
 */
export function bgpAfter(
  before: TraceKnown,
  after: TraceKnown,
  cut: readonly BgpSession[],
  usable: (node: NodeEntity, dev: string | null) => boolean,
): BgpAfter {
  if (cut.length === 0) return { known: after, changes: [], missing: [] };
  const nodes = Object.values(after.topology.nodes).filter(({ until }) => until === null);
  const ended = new Set(
    Object.values(before.topology.nodes).flatMap(({ id, until }) =>
      until === null && after.topology.nodes[id]?.until !== null ? [id] : [],
    ),
  );
  const held = heldRoutes(before);
  const lost = lostRoutes(held, new Set(cut.map(({ id }) => id)), ended);
  const byNode = grouped(held, ({ nodeId }) => nodeId);
  const missing: string[] = [];
  const replaced = nodes.flatMap((node) => [
    ...told(before, node, byNode.get(node.id) ?? [], lost),
    ...presumed(before, node, cut, byNode.get(node.id) ?? [], missing),
  ]);
  const routes = new Map<NetnsId, readonly Route[]>();
  for (const [netnsId, list] of grouped(replaced, ({ node }) => node.rootNetns)) {
    const gone = new Set(list.map(({ was }) => was));
    const now = after.topology.forwarding[netnsId]?.routes ?? [];
    const added = list.flatMap(({ node, is }) => (is !== null && hasWay(is, node, usable) ? [is] : []));
    routes.set(netnsId, [...now.filter((route) => !gone.has(route)), ...added]);
  }
  return {
    known: withRoutes(after, routes),
    changes: replaced.map(({ node, was, is, because }) => ({
      node: node.label,
      dst: was.dst,
      was: routeText(was),
      becomes: is === null || !hasWay(is, node, usable) ? null : routeText(is),
      because,
    })),
    missing,
  };
}

function hasWay(
  { dev, nexthops }: Route,
  node: NodeEntity,
  usable: (node: NodeEntity, dev: string | null) => boolean,
): boolean {
  return nexthops.length === 0 ? usable(node, dev) : nexthops.some((hop) => usable(node, hop.dev));
}

/** Where the daemon told all that it has. */
function told(
  { topology }: TraceKnown,
  node: NodeEntity,
  held: readonly HeldRoute[],
  lost: ReadonlySet<HeldRoute>,
): Replaced[] {
  const kernel = topology.forwarding[node.rootNetns]?.routes ?? [];
  const ofBird = grouped(
    kernel.filter((route) => routeOwner(route) === 'bird'),
    ({ dst }) => dst,
  );
  const places = grouped(held, ({ route }) => `${route.socket} ${route.table ?? ''} ${route.dst}`);
  return [...places.values()].flatMap((all): Replaced[] => {
    const primary = all.find(({ route }) => route.primary) ?? all[0];
    if (primary === undefined || !lost.has(primary)) return [];
    const best = bestOf(all.filter((one) => !lost.has(one)).map(({ route }) => route));
    return (ofBird.get(primary.route.dst) ?? [])
      .filter((route) => sameWay(route, primary.route))
      .map((was) => ({
        node,
        was,
        is: inPlaceOf(was, best),
        because: whyGone(topology, node, primary, best),
      }));
  });
}

/** What the daemon puts into the kernel; what it has from the kernel itself it does not. */
function inPlaceOf(was: Route, best: BgpRoute | null): Route | null {
  if (best === null || ['inherit', 'device', 'pipe'].includes(best.source ?? '')) return null;
  const [hop, second] = best.nexthops;
  const single = second === undefined;
  return {
    ...was,
    type: best.type,
    via: single ? (hop?.via ?? null) : null,
    dev: single ? (hop?.dev ?? null) : null,
    nexthops: single ? [] : best.nexthops.map(({ via, dev }) => ({ via, dev: dev ?? '', weight: 1 })),
  };
}

function whyGone(
  { nodes }: TraceKnown['topology'],
  node: NodeEntity,
  { session, route }: HeldRoute,
  best: BgpRoute | null,
): string {
  const peer = nodes[session?.peerNodeId ?? '']?.label ?? session?.peerAddress ?? route.protocol;
  const then =
    best === null
      ? 'nobody else offers the prefix'
      : `${best.protocol} offers the same prefix, which takes over`;
  return `BIRD of ${node.label} had it from ${peer} (${route.protocol}); ${then}.`;
}

/** Where it did not: what leads to the peer itself. */
function presumed(
  { topology, readings }: TraceKnown,
  node: NodeEntity,
  cut: readonly BgpSession[],
  held: readonly HeldRoute[],
  missing: string[],
): Replaced[] {
  const reading = readings.get(node.label)?.snapshot.bird?.value?.routes ?? null;
  if (reading !== null && !reading.cut) return [];
  const listed = new Set(held.map(({ route }) => route.dst));
  const own = cut.filter(({ nodeId }) => nodeId === node.id);
  const kernel = topology.forwarding[node.rootNetns]?.routes ?? [];
  const found = own.flatMap((session): Replaced[] => {
    const peer = topology.nodes[session.peerNodeId ?? ''];
    const addresses = new Set([session.peerAddress, ...(peer?.addresses ?? [])]);
    const hops = ({ via, nexthops }: Route): (string | null)[] =>
      nexthops.length > 0 ? nexthops.map((hop) => hop.via) : [via];
    return kernel
      .filter(
        (route) =>
          routeOwner(route) === 'bird' &&
          !listed.has(route.dst) &&
          hops(route).every((via) => via !== null && addresses.has(via)),
      )
      .map((was) => ({
        node,
        was,
        is: null,
        because: `It leads to ${peer?.label ?? session.peerAddress ?? 'the peer'}: that BIRD of ${node.label} had it by ${session.name} is presumed.`,
      }));
  });
  if (own.length > 0)
    missing.push(
      `${reading === null ? 'The routes of the BGP daemon' : 'All routes of the BGP daemon'} of ${node.label} were not read: that it had those by way of a peer from that peer, and from nobody else, is presumed; what a reflector tells of others is not known.`,
    );
  return found;
}

/** Of both its ends. */
export function sessionsOf({ topology }: TraceKnown, ids: readonly string[]): BgpSession[] {
  return ids.flatMap((id) => topology.bgp[id] ?? []);
}

/** Those of a node, and those of others with it. */
export function sessionsWith({ topology }: TraceKnown, nodeId: NodeId): BgpSession[] {
  return Object.values(topology.bgp).filter(
    (one) => one.until === null && (one.nodeId === nodeId || one.peerNodeId === nodeId),
  );
}
