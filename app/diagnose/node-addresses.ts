// Addresses by which a cluster finds its nodes, and those that a node has for itself alone.
import type { KubeNodeFact } from '../probe/kube-facts.ts';
import type { DiagnosedNode } from './cluster.ts';

/** By which the others of the cluster find it: Kubernetes' and Calico's. */
export function knownAddresses(node: KubeNodeFact | undefined): ReadonlySet<string> {
  return new Set([
    ...(node?.addresses ?? []),
    ...Object.values(node?.annotations ?? {}).map((value) => value.split('/')[0] ?? ''),
  ]);
}

/**
 * The node has it where nobody outside comes by, as on docker0, and Kubernetes does not know the node by it: every other node may have the
 * same. False where the node does not have it.
 */
export function isInwardOnly(
  { devices }: DiagnosedNode,
  kube: KubeNodeFact | undefined,
  address: string,
): boolean {
  const holders = [...devices.values()].filter(({ addresses }) =>
    addresses.some((one) => one.address === address),
  );
  return (
    holders.length > 0 &&
    holders.every(({ role, kind }) => role === 'bridge' || role === 'workload' || kind === 'dummy') &&
    kube?.addresses.includes(address) !== true
  );
}
