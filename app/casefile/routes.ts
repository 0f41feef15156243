// routes.json of a case file: how each network namespace forwarded, by node.
import type { ForwardingState, NodeId, Topology } from '../topology/model.ts';

export interface CaseRoutes {
  readonly schema: 0;
  readonly namespaces: readonly CaseNamespace[];
}

export interface CaseNamespace extends ForwardingState {
  /** The cluster file's label. */
  readonly node: string;
  /** `namespace/name` of the Pod in it; null: a node's own namespace, or nobody's. */
  readonly pod: string | null;
}

/** Routes, rules and neighbours with the node and the evidence ids they came from. */
export function caseRoutes(topology: Topology): CaseRoutes {
  const labels = new Map<NodeId, string>(Object.values(topology.nodes).map(({ id, label }) => [id, label]));
  return {
    schema: 0,
    namespaces: Object.values(topology.forwarding).map((state) => ({
      node: labels.get(state.nodeId) ?? state.nodeId,
      pod: podIn(state, topology),
      ...state,
    })),
  };
}

function podIn({ netnsId }: ForwardingState, topology: Topology): string | null {
  const pod = topology.pods[topology.netns[netnsId]?.podId ?? ''];
  if (pod === undefined) return null;
  return pod.namespace === null ? pod.name : `${pod.namespace}/${pod.name}`;
}
