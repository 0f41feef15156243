// A node's kernel, asked for a route (ip route get), answers otherwise than its rules and tables as they were read. Either it holds what they do
// not show – a next hop learned by an ICMP redirect, a program at a route – or they were understood wrongly. Told only where both are plain
// (app/trace/kernel-agreement.ts), and it was so when asked again.
import { everywhere, podName, proof, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { podCalled, routesOf, wholeNode } from '../subject.ts';
import type { KernelContradiction } from '../../trace/model.ts';

export const kernelDisagrees: Detector = {
  id: 'kernel-disagrees',
  concludes: 'a kernel, asked for a route, sends packets another way than its rules and tables say',
  explainedBy: ['link-down', 'routes-flushed', 'route-flapping'],
  detect(cluster) {
    const places = new Map<string, KernelContradiction[]>();
    const { contradictions } = cluster.known;
    for (const one of contradictions ?? []) {
      const key = `${one.netnsId} ${String(one.family)} ${one.theirs} ${one.ours}`;
      places.set(key, [...(places.get(key) ?? []), one]);
    }
    return {
      ...everywhere([...places.values()].flatMap((same) => contradicted(cluster, same))),
      looked: contradictions !== undefined,
    };
  },
};

function contradicted(cluster: Cluster, same: readonly KernelContradiction[]): Draft[] {
  const [first] = same;
  const node = first === undefined ? null : cluster.node(first.node);
  if (first === undefined || node === null) return [];
  const { place, command, destination, family, device, theirs, ours, isPod, netnsId } = first;
  const pod = isPod ? cluster.topology.pods[cluster.topology.netns[netnsId]?.podId ?? ''] : undefined;
  const others = new Set(same.map((one) => one.destination)).size - 1;
  const whom = others === 0 ? destination : `${destination} and ${String(others)} more`;
  const { label, snapshot } = node;
  return [
    {
      ...draft({
        severity: 'warning',
        confidence: 'likely',
        surer: 'Watch by which interface such packets leave: hopscope watch.',
        node: label,
        device,
        pod: pod === undefined ? null : podName(pod),
        title: `The kernel of ${place} routes ${whom} otherwise than its rules and tables say`,
        because: `Asked with “${command}”, ${theirs}; by the rules and tables that were read, ${ours}. So it was when both were asked again. The kernel is right about what it does: what else is told of such ways rests on tables that it does not follow.`,
        proofs: isPod ? [] : proof(family === 4 ? snapshot.routes4 : snapshot.routes6, destination),
        mend: [
          'See whether the kernel has learned another next hop for it (an ICMP redirect: “cache <redirected>”), and forget that.',
          `${command}   # on ${label}`,
          `ip ${family === 6 ? '-6 ' : ''}route flush cache`,
          `ip ${family === 6 ? '-6 ' : ''}rule show; ip nexthop show   # is there a selector or a next hop that is not understood?`,
        ],
        touches: [wholeNode(label), routesOf(label), ...(pod === undefined ? [] : [podCalled(podName(pod))])],
      }),
      family,
    },
  ];
}
