// A route as `ip route` prints it, and what tells it from others.
import { UNKNOWN_PROTO, type Route } from '../probe/facts.ts';
import type { RouteKey, ShownRoute } from './explanation.ts';
import { ownerSentence } from './owner.ts';
import { tableName } from './rule-match.ts';

export function routeText(route: Route): string {
  const { dst, type, via, dev, table, metric, nexthops, tos, from, encap } = route;
  const words = [type === 'unicast' ? '' : type, dst.endsWith('/0') ? 'default' : dst];
  if (from !== undefined) words.push(`from ${from}`);
  if (tos !== undefined) words.push(`tos 0x${tos.toString(16)}`);
  if (encap !== undefined) words.push(`encap ${encap}`);
  if (via !== null) words.push(`via ${via}`);
  if (dev !== null) words.push(`dev ${dev}`);
  for (const hop of nexthops)
    words.push(`nexthop ${hop.via === null ? '' : `via ${hop.via} `}dev ${hop.dev} weight ${hop.weight}`);
  if (tableName(table) !== 'main') words.push(`table ${table}`);
  if (route.proto !== UNKNOWN_PROTO) words.push(`proto ${route.proto}`);
  if (metric !== 0) words.push(`metric ${metric}`);
  if (route.preference !== undefined) words.push(`pref ${route.preference}`);
  if (route.prefsrc !== null) words.push(`src ${route.prefsrc}`);
  return [...words, ...route.flags].filter((word) => word !== '').join(' ');
}

export function routeKey({ dst, table, type, metric, tos = 0, dev, via }: Route): RouteKey {
  return { dst, table, type, metric, tos, dev, via };
}

export function isRoute(route: Route, key: RouteKey): boolean {
  return (
    route.dst === key.dst &&
    route.table === key.table &&
    route.type === key.type &&
    route.metric === key.metric &&
    (route.tos ?? 0) === key.tos &&
    route.dev === key.dev &&
    route.via === key.via
  );
}

export function shownRoute(route: Route): ShownRoute {
  return { key: routeKey(route), text: routeText(route), proto: route.proto, owner: ownerSentence(route) };
}
