// What a made-up cluster's time line begins with. Development only.
import type { TopologyEvent } from '../../app/topology/model.ts';
import type { NodePlan } from './plans.ts';

/** When it was first looked at: seconds since the epoch. */
export const START = 1_764_000_000;

export function firstEvents(plans: readonly NodePlan[]): TopologyEvent[] {
  return plans.slice(0, 3).flatMap((plan, index) => [
    {
      id: index * 2 + 1,
      at: { s: START + index, ns: 0 },
      nodeLabel: plan.label,
      kind: 'node-appeared' as const,
      sentence: `${plan.label} answered for the first time, kernel 6.1.0-28-amd64`,
      about: [`node:${plan.label}`],
    },
    ...plan.pods.slice(0, 1).map((pod) => ({
      id: index * 2 + 2,
      at: { s: START + 3 + index, ns: 0 },
      nodeLabel: plan.label,
      kind: 'pod-appeared' as const,
      sentence: `Pod ${pod.namespace}/${pod.name} appeared with ${pod.ip} on ${pod.veth}`,
      about: [`pod:${plan.label}-${pod.name}`],
    })),
  ]);
}
