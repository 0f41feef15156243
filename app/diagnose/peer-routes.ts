// Which route of a node's is meant for an address of another node's Pod, whatever its policy rules would take.
import { parseAddress, parsePrefix } from '../route/address.ts';
import { PrefixTable } from '../route/prefix-table.ts';
import type { DiagnosedNode } from './cluster.ts';
import type { Route } from '../topology/model.ts';

interface ByPrefix {
  readonly table: PrefixTable;
  /** In the order of the table. */
  readonly routes: readonly Route[];
}

/** Every Pod of every other node is looked up in every node's thousands of routes. */
const known = new WeakMap<DiagnosedNode, { readonly 4: ByPrefix; readonly 6: ByPrefix }>();

/** In whichever table, and whatever it does with it: of the longest prefix the first; null: none but a default route. */
export function routeFor(node: DiagnosedNode, ip: string): Route | null {
  const address = parseAddress(ip);
  if (address === null) return null;
  const of = known.get(node) ?? { 4: byPrefix(node.routes, 4), 6: byPrefix(node.routes, 6) };
  known.set(node, of);
  const { table, routes } = of[address.family];
  return routes[table.longest(address.words)] ?? null;
}

function byPrefix(all: readonly Route[], family: 4 | 6): ByPrefix {
  const first = new Map<string, Route>();
  for (const route of all) if (route.family === family && !first.has(route.dst)) first.set(route.dst, route);
  const kept = [...first.values()].flatMap((route) => {
    const prefix = parsePrefix(route.dst);
    return prefix === null || prefix.length === 0 ? [] : [{ prefix, route }];
  });
  let sorted = new Uint32Array();
  const table = new PrefixTable(
    kept.map(({ prefix }) => prefix),
    (order) => {
      sorted = Uint32Array.from(order);
    },
  );
  return { table, routes: Array.from(sorted, (at) => kept[at]?.route).flatMap((route) => route ?? []) };
}

/** Its route to that address, where the next hop is the other node's own. */
export function leading(node: DiagnosedNode, ip: string, to: DiagnosedNode): Route | null {
  const route = routeFor(node, ip);
  if (route?.type !== 'unicast' || route.via === null) return null;
  const { via } = route;
  const isTheirs = [...to.devices.values()].some(({ addresses }) =>
    addresses.some(({ address }) => address === via),
  );
  return isTheirs ? route : null;
}
