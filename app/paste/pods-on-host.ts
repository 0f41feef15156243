// kubectl's tables do not say hostNetwork: such a Pod has an address of its node, or shares one with others there.
import type { Inventory } from '../probe/inventory.ts';
import type { KubeNodeFact, PodFact } from '../probe/kube-facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { ownAddresses } from './derived-addresses.ts';

/** By Kubernetes' own tables alone. */
export function onHost(pods: readonly PodFact[], nodes: readonly KubeNodeFact[]): PodFact[] {
  const ofNodes = new Set(nodes.flatMap(({ addresses }) => addresses));
  const count = new Map<string, number>();
  for (const { ips, nodeName } of pods)
    for (const ip of ips)
      count.set(`${ip} ${nodeName ?? ''}`, (count.get(`${ip} ${nodeName ?? ''}`) ?? 0) + 1);
  return pods.map((pod) => {
    const shared = pod.ips.some((ip) => (count.get(`${ip} ${pod.nodeName ?? ''}`) ?? 0) > 1);
    const finished = pod.phase === 'Succeeded' || pod.phase === 'Failed';
    return pod.ips.some((ip) => ofNodes.has(ip)) || (shared && !finished)
      ? { ...pod, hostNetwork: true }
      : pod;
  });
}

/** By the addresses that a node's own output showed. */
export function withPodsOnHost(
  inventory: Inventory | null,
  nodes: ReadonlyMap<string, NodeSnapshot>,
): Inventory | null {
  if (inventory === null) return null;
  const own = new Map([...nodes].map(([label, snapshot]) => [label, new Set(ownAddresses(snapshot))]));
  const pods = Object.entries(inventory.pods).map(([uid, pod]): [string, typeof pod] => {
    const shared = pod.ips.some((ip) => own.get(pod.nodeName ?? '')?.has(ip) === true);
    return [uid, shared ? { ...pod, hostNetwork: true } : pod];
  });
  return { ...inventory, pods: Object.fromEntries(pods) };
}
