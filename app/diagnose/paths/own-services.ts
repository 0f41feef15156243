// Ways to Services that pass a node in other ways than a Pod's to somebody else: by the node's own port, as whoever is outside asks it, and back to
// the Pod that sent it.
import type { Inventory } from '../../probe/inventory.ts';
import type { NodeEntity, PodEntity } from '../../topology/model.ts';
import { podName, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Pair } from './pair.ts';
import { servedOf, type End } from './pair-ends.ts';

/** @param asker another node's. */
export function toNodePorts({ inventory }: Cluster, asker: End, { label, entity }: DiagnosedNode): Pair[] {
  if (inventory === null) return [];
  const served = servedOf(inventory);
  const backed = backedOn(inventory, entity);
  return Object.values(inventory.services).flatMap(
    ({ namespace, name, ports, externalTrafficPolicy, clusterIps }): Pair[] => {
      const port = ports.find(({ nodePort, protocol }) => nodePort !== null && isTcp(protocol))?.nodePort;
      if (port === undefined || port === null) return [];
      const service = `${namespace}/${name}`;
      // A Service of one family has its port at addresses of that family alone.
      const families = clusterIps.map(familyOf);
      const address = entity.addresses.find((one) => {
        const family = familyOf(one);
        return asker.families.has(family) && families.includes(family);
      });
      // Where only who is behind it on that node answers, one without takes nothing.
      const has = externalTrafficPolicy !== 'Local' || backed.has(service);
      if (address === undefined || !served.has(service) || !has) return [];
      return [
        {
          from: asker.asked,
          to: address,
          proto: 'tcp',
          port,
          size: null,
          name: `${asker.name} → ${address}:${port} (Service ${service})`,
          fromPod: null,
          toPod: null,
          fromNode: asker.node,
          toNode: label,
          toNetns: null,
          service,
          alike: `node port ${service}`,
        },
      ];
    },
  );
}

/** From one Pod behind each Service to that one, which may lead back to it. */
export function toTheirOwn(
  { inventory }: Cluster,
  { label, entity }: DiagnosedNode,
  pods: readonly PodEntity[],
): Pair[] {
  if (inventory === null) return [];
  return [...backedOn(inventory, entity)].flatMap(([service, behind]): Pair[] => {
    const known = inventory.services[service];
    const port = known?.ports.find(({ protocol }) => isTcp(protocol));
    if (known === undefined || port === undefined || known.clusterIps.every((ip) => ip === 'None')) return [];
    const pod = pods.find((one) => one.namespace === known.namespace && behind.has(one.name));
    if (pod === undefined) return [];
    return [
      {
        from: `pod/${podName(pod)}`,
        to: `svc/${service}`,
        proto: 'tcp',
        port: port.port,
        size: null,
        name: `${pod.ips[0] ?? ''} → Service ${service}`,
        fromPod: podName(pod),
        toPod: null,
        fromNode: label,
        toNode: null,
        toNetns: null,
        service,
      },
    ];
  });
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

function isTcp(protocol: string): boolean {
  return protocol.toLowerCase() === 'tcp';
}

type Backed = Map<string, Set<string>>;
const backing = new WeakMap<Inventory, Map<string, Backed>>();

/** Names of a node's Pods that stand behind a Service and are ready, by the Service. */
function backedOn(
  inventory: Inventory,
  { kubernetesName, label }: NodeEntity,
): ReadonlyMap<string, ReadonlySet<string>> {
  let byNode = backing.get(inventory);
  if (byNode === undefined) {
    byNode = new Map<string, Backed>();
    for (const { namespace, service, endpoints } of Object.values(inventory.endpointSlices))
      for (const { nodeName, pod, ready } of endpoints) {
        if (nodeName === null || pod === null || service === null || !ready) continue;
        const here: Backed = byNode.get(nodeName) ?? new Map<string, Set<string>>();
        const called = `${namespace}/${service}`;
        byNode.set(nodeName, here.set(called, (here.get(called) ?? new Set()).add(pod)));
      }
    backing.set(inventory, byNode);
  }
  // The cluster file calls a node as it likes.
  return byNode.get(kubernetesName ?? label) ?? new Map();
}
