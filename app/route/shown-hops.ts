// The next hops of a route that won: the device, the neighbour behind it, whose address that is, and what is wrong with it.
import type { Neighbour, Route } from '../probe/facts.ts';
import { interfacesIn, ownerOfAddressAt } from '../topology/lookups.ts';
import type { Topology } from '../topology/model.ts';
import type { ShownHop } from './explanation.ts';
import type { Place } from './place.ts';
import { livingPaths } from './route-table.ts';

export function hopsOf(
  topology: Topology,
  { forwarding, node }: Place,
  route: Route,
  destination: string,
  neighboursRead: boolean,
): ShownHop[] {
  if (route.type === 'local' || (route.dev === null && route.nexthops.length === 0)) return [];
  const paths =
    route.nexthops.length > 0 ? livingPaths(route) : [{ via: route.via, dev: route.dev ?? '', weight: 1 }];
  const interfaces = interfacesIn(topology.interfaces, forwarding.netnsId);
  return paths.map(({ via, dev, weight }) => {
    const address = via ?? destination;
    const one = interfaces.find((each) => each.name === dev && each.until === null);
    const neighbour = forwarding.neighbours.find((each) => each.dst === address && each.dev === dev);
    const owner = ownerOfAddressAt(
      topology,
      address,
      node.since.s > forwarding.at.s ? node.since : forwarding.at,
    );
    const trouble =
      one === undefined
        ? `${dev} is not there`
        : one.adminUp === false
          ? `${dev} is down`
          : one.carrier === false
            ? `${dev} has no carrier`
            : null;
    const state = neighbour?.state ?? null;
    return {
      via,
      dev,
      weight,
      interfaceId: one?.id ?? null,
      trouble,
      mac: neighbour?.mac ?? null,
      state,
      name: owner?.name ?? null,
      sentence:
        state === null && !neighboursRead
          ? `Whether ${address} answers is not known: neighbours were not read.`
          : neighbourSentence(address, neighbour),
    };
  });
}

function neighbourSentence(address: string, neighbour: Neighbour | undefined): string {
  if (neighbour === undefined) return `${address} has no neighbour entry: nothing was sent to it lately.`;
  const { state, mac, idle = false } = neighbour;
  if (idle)
    return `${address} did not answer for its address when it was asked last (${state}); nothing was sent to it since.`;
  if (state === 'FAILED' || state === 'INCOMPLETE')
    return `${address} does not answer for its address (${state}).`;
  return `${address} is at ${mac ?? 'an address that is not known'} (${state}).`;
}
