// Which routes of BGP daemons are gone when sessions or a node are: one that was learned stays only while its session lives and who told it
// still has it from somewhere else. Support is the least that follows from what is nobody's word (static, device), so that reflectors which
// only have a prefix from each other have it from nobody (RFC 4271 §9, RFC 4456 §8).
import type { BgpRoute } from '../../probe/facts.ts';
import type { NodeReading } from '../../topology/input.ts';
import type { BgpSession, NodeId, Topology } from '../../topology/model.ts';

/** What a daemon has, and by which session; null: from no session. */
export interface HeldRoute {
  readonly nodeId: NodeId;
  readonly route: BgpRoute;
  readonly session: BgpSession | null;
}

export interface BgpKnown {
  readonly topology: Topology;
  readonly readings: ReadonlyMap<string, NodeReading>;
}

/** Of all living nodes whose daemon told its routes. */
export function heldRoutes({ topology, readings }: BgpKnown): HeldRoute[] {
  const sessions = new Map<string, BgpSession[]>();
  for (const one of Object.values(topology.bgp)) {
    if (one.until !== null) continue;
    const key = `${one.nodeId} ${one.name}`;
    sessions.set(key, [...(sessions.get(key) ?? []), one]);
  }
  return Object.values(topology.nodes).flatMap((node) => {
    if (node.until !== null) return [];
    const told = readings.get(node.label)?.snapshot.bird?.value?.routes?.routes ?? [];
    return told.map((route): HeldRoute => {
      const named = sessions.get(`${node.id} ${route.protocol}`) ?? [];
      // A session's id ends with the daemon's socket, and a `+` for each life that it had before (build-bgp.ts).
      const own = named.find(({ id }) => id.replace(/\++$/, '').endsWith(`@${route.socket}`));
      return { nodeId: node.id, route, session: own ?? named[0] ?? null };
    });
  });
}

/** @param cut ids of sessions that are no more; @param ended nodes that are not. */
export function lostRoutes(
  held: readonly HeldRoute[],
  cut: ReadonlySet<string>,
  ended: ReadonlySet<NodeId>,
): ReadonlySet<HeldRoute> {
  const byPlace = new Map<string, HeldRoute[]>();
  const readNodes = new Set<NodeId>();
  for (const one of held) {
    const key = `${one.nodeId} ${one.route.dst}`;
    const list = byPlace.get(key);
    if (list === undefined) byPlace.set(key, [one]);
    else list.push(one);
    readNodes.add(one.nodeId);
  }
  const tellers = ({ nodeId, route, session }: HeldRoute): readonly HeldRoute[] =>
    (byPlace.get(`${session?.peerNodeId ?? ''} ${route.dst}`) ?? []).filter(
      (told) => told.session?.peerNodeId !== nodeId,
    );
  const now = supported(held, tellers, ({ session }) => session === null || !isRead(session, readNodes));
  // Where nobody that was read has it from elsewhere, the daemon's word stands as long as its session does.
  const later = supported(
    held.filter(({ nodeId, session }) => !ended.has(nodeId) && (session === null || !cut.has(session.id))),
    tellers,
    (one) => one.session === null || !now.has(one) || !isRead(one.session, readNodes),
  );
  return new Set(held.filter((one) => !later.has(one)));
}

function isRead({ peerNodeId }: BgpSession, readNodes: ReadonlySet<NodeId>): boolean {
  return peerNodeId !== null && readNodes.has(peerNodeId);
}

function supported(
  candidates: readonly HeldRoute[],
  tellers: (one: HeldRoute) => readonly HeldRoute[],
  stands: (one: HeldRoute) => boolean,
): ReadonlySet<HeldRoute> {
  const found = new Set(candidates.filter(stands));
  let open = candidates.filter((one) => !found.has(one));
  for (let grew = true; grew;) {
    const next = open.filter((one) => !tellers(one).some((told) => found.has(told)));
    grew = next.length < open.length;
    const still = new Set(next);
    for (const one of open) if (!still.has(one)) found.add(one);
    open = next;
  }
  return found;
}

/** What a daemon takes when the first is gone: preference, then local preference, then the shorter way (BIRD rt_better, bgp_rte_better). */
export function bestOf(routes: readonly BgpRoute[]): BgpRoute | null {
  return routes.reduce<BgpRoute | null>(
    (best, one) => (best === null || better(one, best) ? one : best),
    null,
  );
}

function better(a: BgpRoute, b: BgpRoute): boolean {
  const by =
    (a.preference ?? 0) - (b.preference ?? 0) ||
    (a.localPref ?? 100) - (b.localPref ?? 100) ||
    b.asPath.length - a.asPath.length;
  return by > 0 || (by === 0 && a.primary && !b.primary);
}
