// Which route of a node's is meant for an address of another node's Pod, whatever its policy rules would take.
import { inPrefix, parseAddress, parsePrefix } from '../route/address.ts';
import type { DiagnosedNode } from './cluster.ts';
import type { Route } from '../topology/model.ts';

/** In whichever table, and whatever it does with it; null: none but a default route. */
export function routeFor({ routes }: DiagnosedNode, ip: string): Route | null {
  const address = parseAddress(ip);
  return (
    routes.find(({ dst }) => {
      const prefix = parsePrefix(dst);
      return address !== null && prefix !== null && prefix.length > 0 && inPrefix(address, prefix);
    }) ?? null
  );
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
