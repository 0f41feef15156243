// Which route of a node's is meant for an address of another node's Pod, whatever its policy rules would take.
import type { DiagnosedNode } from './cluster.ts';
import { LongestPrefix } from './longest-prefix.ts';
import type { Route } from '../topology/model.ts';

const known = new WeakMap<DiagnosedNode, LongestPrefix<Route>>();

/** In whichever table, and whatever it does with it: of the longest prefix the first; null: none but a default route. */
export function routeFor(node: DiagnosedNode, ip: string): Route | null {
  const of = known.get(node) ?? new LongestPrefix(node.routes.filter(({ dst }) => !dst.endsWith('/0')));
  known.set(node, of);
  return of.of(ip);
}

/** Its route to that address, where the next hop is the other node's own. */
export function leading(node: DiagnosedNode, ip: string, to: DiagnosedNode): Route | null {
  const route = routeFor(node, ip);
  if (route?.type !== 'unicast' || route.via === null) return null;
  return addressesOf(to).has(route.via) ? route : null;
}

const own = new WeakMap<DiagnosedNode, ReadonlySet<string>>();

/** Of all its devices, which are as many as it has Pods. */
function addressesOf(node: DiagnosedNode): ReadonlySet<string> {
  const before = own.get(node);
  if (before !== undefined) return before;
  const all = new Set(
    [...node.devices.values()].flatMap(({ addresses }) => addresses.map(({ address }) => address)),
  );
  own.set(node, all);
  return all;
}
