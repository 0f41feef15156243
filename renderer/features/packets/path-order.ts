// Vantage points in the order in which a packet of the watched Pod meets them: out of the Pod, through its node's NIC,
// in by another node's, to the Pod there. Pure.
import type { VantagePointView, WatchTarget } from '../../../app/contract/watch.ts';
import type { Topology } from '../../../app/topology/model.ts';

/** @param places whatever stands for a vantage point each. */
export function inPathOrder<T extends { readonly point: VantagePointView }>(
  places: readonly T[],
  target: WatchTarget | null,
  topology: Topology | null,
): T[] {
  const pod = target === null ? undefined : topology?.pods[target.podId];
  const home =
    pod?.nodeId === null || pod === undefined ? null : (topology?.nodes[pod.nodeId]?.label ?? null);
  const rank = (point: VantagePointView): number => {
    const each = point.interfaceId === null ? undefined : topology?.interfaces[point.interfaceId];
    const own = each !== undefined && (each.id === pod?.podInterfaceId || each.id === pod?.hostInterfaceId);
    const depth = point.podName !== null ? 0 : each?.role === 'workload' ? 1 : each?.role === 'nic' ? 3 : 2;
    if (own) return depth;
    // Another Pod of the same node is the other end of a way that never leaves the node.
    if (point.nodeLabel === home) return depth >= 2 ? depth : 5 - depth;
    return 9 - depth;
  };
  const away = (point: VantagePointView): number => (point.nodeLabel === home ? 0 : 1);
  return places.toSorted(
    ({ point: a }, { point: b }) =>
      away(a) - away(b) ||
      a.nodeLabel.localeCompare(b.nodeLabel) ||
      rank(a) - rank(b) ||
      a.label.localeCompare(b.label),
  );
}
