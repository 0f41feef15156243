// The session that is open on a made-up cluster: every node connected.
import type { NodeStatus, SessionView } from '../../app/contract/session.ts';
import type { NodePlan } from './plans.ts';

export function buildView(plans: readonly NodePlan[], cluster: string, now: number): SessionView {
  return {
    phase: 'open',
    cluster,
    clusterFile: '/home/ops/clusters/prod-sh.yaml',
    sentence: null,
    nodes: plans.map((plan, index): NodeStatus => ({
      label: plan.label,
      address: `127.0.0.1:${String(22_000 + index)}`,
      state: 'connected',
      since: now - 400_000,
      sentence: null,
      detail: null,
      retryAt: null,
      rights: 3,
      limits: [],
      lastFactsAt: now - 2_300,
      nodeId: `node:${plan.label}`,
    })),
    prompts: [],
    paste: null,
    notices: [],
  };
}
