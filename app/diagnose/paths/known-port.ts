// At which port of TCP a Pod is asked for: one of a Service that it is behind, else one on which somebody in it listens.
import { parseAddress } from '../../route/address.ts';
import { insideOf } from '../../route/namespace-facts.ts';
import { hears } from '../../trace/deliver.ts';
import type { Inventory } from '../../probe/inventory.ts';
import type { PodEntity } from '../../topology/model.ts';
import type { Cluster, DiagnosedNode } from '../cluster.ts';

/** Null: none is known. */
export function knownPort(cluster: Cluster, node: DiagnosedNode, pod: PodEntity, ip: string): number | null {
  return portOf(cluster, ip) ?? heardPort(cluster, node, pod, ip);
}

const endpointPorts = new WeakMap<Inventory, ReadonlyMap<string, number>>();

/** One that it is asked for as a Service's endpoint; null: none is known. */
function portOf({ inventory }: Cluster, ip: string): number | null {
  if (inventory === null) return null;
  const ports = endpointPorts.get(inventory) ?? portsByAddress(inventory);
  endpointPorts.set(inventory, ports);
  return ports.get(ip) ?? null;
}

/** Of several Services the first one's. */
function portsByAddress({ endpointSlices }: Inventory): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { endpoints, ports } of Object.values(endpointSlices)) {
    const port = ports.find(({ protocol }) => protocol.toLowerCase() === 'tcp')?.port;
    if (typeof port !== 'number') continue;
    for (const { addresses, ready } of endpoints)
      for (const address of ready ? addresses : []) if (!found.has(address)) found.set(address, port);
  }
  return found;
}

/** The lowest on which somebody in it listens for others; null: nobody does, or its sockets were not read. */
function heardPort(
  { topology }: Cluster,
  { snapshot }: DiagnosedNode,
  { netnsId }: PodEntity,
  ip: string,
): number | null {
  const netns = topology.netns[netnsId ?? ''];
  const inside = netns === undefined ? null : insideOf(snapshot.insides, netns);
  const to = parseAddress(ip);
  if (to === null) return null;
  const ports = (inside?.sockets ?? [])
    .filter((socket) => socket.protocol.startsWith('tcp') && hears(socket, to))
    .map(({ port }) => port);
  return ports.length === 0 ? null : Math.min(...ports);
}
