// The node that somebody looks at: the selected one, or the one that what is selected belongs to.
import type { Topology } from '../../app/topology/model.ts';
import { type Selection, useSelection } from './selection.ts';
import { useTopology } from './topology.ts';

/** Its label; null when nothing of a node is selected. */
export function useSelectedNode(): string | null {
  const selected = useSelection((state) => state.selected);
  return useTopology(({ topology }) => {
    if (topology === null || selected === null) return null;
    const nodeId = nodeIdOf(topology, selected);
    return nodeId === null ? null : (topology.nodes[nodeId]?.label ?? null);
  });
}

export function nodeIdOf(topology: Topology, target: Selection): string | null {
  switch (target.kind) {
    case 'node':
      return target.id;
    case 'pod':
      return topology.pods[target.id]?.nodeId ?? null;
    case 'interface':
      return topology.interfaces[target.id]?.nodeId ?? null;
    case 'bgp':
      return topology.bgp[target.id]?.nodeId ?? null;
  }
}
