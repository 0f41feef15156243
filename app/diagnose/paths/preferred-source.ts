// A node's own packets that a route sends from an address to which no answer comes back (`ip route … src`; net/ipv4/fib_semantics.c
// fib_result_prefsrc), though one from the interface's own would. What MASQUERADE rewrites takes the interface's (nf_nat_masquerade.c).
import type { InterfaceEntity, Route } from '../../topology/model.ts';
import type { Cluster, DiagnosedNode } from '../cluster.ts';
import { decision, waysOut } from '../destinations.ts';
import { knownAddresses } from '../node-addresses.ts';
import { packetSource } from './packet-ends.ts';
import type { StoppedPath } from './stopped-path.ts';

export interface PreferredSource {
  readonly node: DiagnosedNode;
  readonly route: Route;
  /** The address that the route names. */
  readonly source: string;
  /** The interface's own, which would be taken without. */
  readonly own: string;
}

/** Null: it has no such source, or one that is meant. */
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
  if (last === undefined || packetSource(last.packet) !== source || node.snapshot.firewall?.state !== 'ok')
    return null;
  const route = node.routes.find((one) => one.prefsrc === source && one.dst === first.route?.dst);
  if (route === undefined || !isForeign(cluster, node, route)) return null;
  const own = ownAddress(node.devices.get(first.egress ?? ''), route.family);
  if (own === null || isHabit(cluster, node, route.family)) return null;
  return answersOtherwise(other, pair.to, source, own) ? { node, route, source, own } : null;
}

/** It names an address that is not of its interface, and by which nobody of the cluster knows the node. */
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

/** The others send so as well: routers that nobody has read know these addresses (BGP to the switch, with addresses of lo). */
function isHabit(cluster: Cluster, node: DiagnosedNode, family: 4 | 6): boolean {
  return cluster.nodes.some(
    (other) =>
      other !== node &&
      other.routes.some((route) => route.family === family && isForeign(cluster, other, route)),
  );
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
