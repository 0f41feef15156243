// The order in which a node's routes are listed.
import type { Route } from '../../app/topology/model.ts';
import { byName, oncePer } from './once-per.ts';

/**
 * What an operator looks for first: routes to others, then Pods, then blocks; the kernel's own at the end. Once a
 * table: a route reflector's ten thousand take a tenth of a second.
 */
export const routesByInterest = oncePer((routes: readonly Route[]): readonly Route[] =>
  routes.toSorted((a, b) => rank(a) - rank(b) || byName.compare(a.dst, b.dst)),
);

function rank(route: Route): number {
  if (route.table !== 'main') return 5;
  if (route.dst.endsWith('/0') || route.dst === 'default') return 3;
  if (route.type !== 'unicast') return 2;
  if (route.via !== null || route.nexthops.length > 0) return 0;
  return route.proto === 'kernel' ? 4 : 1;
}
