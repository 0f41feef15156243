// Which Pods have one fate when something fails, so that one of them can be asked for all: those of one node whose addresses lie in the same
// of the prefixes that change, unless their own cable is what fails; and those on the node's own network.
import type { InterfaceId, PodEntity } from '../../topology/model.ts';
import { podsOnHost, triedPods } from '../paths/tried-pods.ts';
import type { Cluster, DiagnosedNode } from '../cluster.ts';
import { prefixesAround } from './prefixes-around.ts';

export interface PodKind {
  readonly node: DiagnosedNode;
  /** At least one; first those of which most is known. */
  readonly pods: readonly [PodEntity, ...PodEntity[]];
  /** They are on their node's own network. */
  readonly onHost: boolean;
}

/** @param prefixes of routes that change on any node. @param devices that change. */
export function podKinds(
  cluster: Cluster,
  prefixes: readonly string[],
  devices: ReadonlySet<InterfaceId>,
): PodKind[] {
  const within = prefixesAround(prefixes);
  return cluster.nodes.flatMap((node) => {
    const kinds = new Map<string, [PodEntity, ...PodEntity[]]>();
    for (const pod of triedPods(cluster, node)) {
      const own = [pod.hostInterfaceId, pod.podInterfaceId].some((id) => id !== null && devices.has(id));
      // Two with cables that fail share no fate with each other either: each has its own.
      const cable = own ? pod.id : '';
      const key = [cable, ...pod.ips.map((ip) => `${ip.includes(':') ? '6' : '4'} ${within(ip)}`)].join('|');
      const alike = kinds.get(key);
      if (alike === undefined) kinds.set(key, [pod]);
      else alike.push(pod);
    }
    const [host, ...others] = podsOnHost(cluster, node);
    return [
      ...[...kinds.values()].map((pods): PodKind => ({ node, pods, onHost: false })),
      ...(host === undefined ? [] : [{ node, pods: [host, ...others] as const, onHost: true }]),
    ];
  });
}
