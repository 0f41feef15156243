// What Services lose: endpoints that end, and endpoints that a node's Pods do not reach any more.
import type { Inventory } from '../../probe/inventory.ts';
import type { NodeEntity, PodEntity, Topology } from '../../topology/model.ts';
import { podWithAddress } from '../../topology/lookups.ts';
import type { ServiceFate } from './model.ts';

const MOST_SERVICES = 100;

interface Endpoint {
  readonly address: string;
  readonly nodeName: string | null;
  readonly pod: PodEntity | null;
}

export interface ServicesAsked {
  readonly topology: Topology;
  readonly inventory: Inventory;
  /** The node that fails; null: none does. */
  readonly ended: NodeEntity | null;
  /** Labels of nodes that have Pods, the one that fails left out. */
  readonly homes: readonly string[];
  /** Whether Pods of a node have lost their way to this one, all of them. */
  readonly lost: (from: string, to: PodEntity) => boolean;
}

export function servicesAfter({ topology, inventory, ended, homes, lost }: ServicesAsked): ServiceFate[] {
  const ready = endpointsByService(topology, inventory);
  return Object.values(inventory.services)
    .flatMap((service): ServiceFate[] => {
      const name = `${service.namespace}/${service.name}`;
      const all = ready.get(name) ?? [];
      const left = all.filter((one) => !endsWith(one, ended));
      if (all.length === 0) return [];
      const isLocal = service.internalTrafficPolicy === 'Local';
      const lostFrom = homes.filter((home) => {
        const node = Object.values(topology.nodes).find(
          ({ label, until }) => label === home && until === null,
        );
        const usable = (one: Endpoint): boolean => !isLocal || isOn(one, node);
        const had = all.some(usable);
        return had && !left.some((one) => usable(one) && !(one.pod !== null && lost(home, one.pod)));
      });
      if (left.length === all.length && lostFrom.length === 0) return [];
      return [
        {
          service: name,
          endpoints: all.length,
          left: left.length,
          lostFrom,
          sentence: sentenceOf(all.length, left.length, lostFrom, ended),
        },
      ];
    })
    .sort(
      (a, b) => b.lostFrom.length - a.lostFrom.length || a.left - b.left || (a.service < b.service ? -1 : 1),
    )
    .slice(0, MOST_SERVICES);
}

function endpointsByService(
  topology: Topology,
  inventory: Inventory,
): ReadonlyMap<string, readonly Endpoint[]> {
  const found = new Map<string, Map<string, Endpoint>>();
  for (const { namespace, service, endpoints } of Object.values(inventory.endpointSlices)) {
    if (service === null) continue;
    const name = `${namespace}/${service}`;
    const known = found.get(name) ?? new Map<string, Endpoint>();
    found.set(name, known);
    for (const { addresses, ready, nodeName } of endpoints) {
      const [address] = addresses;
      if (!ready || address === undefined) continue;
      const pod = podWithAddress(topology, address);
      // A dual-stack Service lists a Pod once a family.
      known.set(pod?.id ?? address, { address, nodeName, pod });
    }
  }
  return new Map([...found].map(([name, known]) => [name, [...known.values()]]));
}

function isOn({ pod, nodeName, address }: Endpoint, node: NodeEntity | undefined): boolean {
  if (node === undefined) return false;
  return (
    pod?.nodeId === node.id ||
    (nodeName !== null && nodeName === node.kubernetesName) ||
    node.addresses.includes(address)
  );
}

function endsWith(one: Endpoint, ended: NodeEntity | null): boolean {
  return ended !== null && isOn(one, ended);
}

function sentenceOf(
  all: number,
  left: number,
  lostFrom: readonly string[],
  ended: NodeEntity | null,
): string {
  const endpoints = (count: number): string => `${count} ${count === 1 ? 'endpoint' : 'endpoints'}`;
  if (left === 0)
    return `${all === 1 ? 'Its one endpoint ends' : `All of its ${endpoints(all)} end`} with ${ended?.label ?? 'the node'}: nobody is left behind it.`;
  const share =
    left === all
      ? ''
      : `${all - left} of its ${endpoints(all)} ${all - left === 1 ? 'ends' : 'end'} with ${ended?.label ?? 'the node'}: until Kubernetes has noticed that (node-monitor-grace-period) and taken them out, that share of new connections is lost.`;
  const far =
    lostFrom.length === 0 ? '' : `Pods of ${lostFrom.join(', ')} reach none of its endpoints any more.`;
  return [share, far].filter((part) => part !== '').join(' ');
}
