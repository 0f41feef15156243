// Pods that do not work, for looking at how a large cluster shows a few of them. Development only.
import type { InterfaceEntity, PodEntity, Topology } from '../../app/topology/model.ts';

/** The last Pods of a node, as the window orders them: folded away where seats go by name. */
export function troublePods(
  topology: Topology,
  label: string,
  { failed, down }: { readonly failed: number; readonly down: number },
): Topology {
  const pods = Object.values(topology.pods)
    .filter((pod) => pod.nodeName === label)
    .toSorted((a, b) => (`${a.namespace ?? ''}/${a.name}` < `${b.namespace ?? ''}/${b.name}` ? 1 : -1));
  const changedPods = pods
    .slice(0, failed)
    .map((pod): [string, PodEntity] => [pod.id, { ...pod, phase: 'Failed' }]);
  const ends = pods.slice(failed, failed + down).flatMap((pod): [string, InterfaceEntity][] => {
    const end = topology.interfaces[pod.hostInterfaceId ?? ''];
    return end === undefined ? [] : [[end.id, { ...end, operstate: 'DOWN', carrier: false, adminUp: false }]];
  });
  return {
    ...topology,
    pods: { ...topology.pods, ...Object.fromEntries(changedPods) },
    interfaces: { ...topology.interfaces, ...Object.fromEntries(ends) },
  };
}
