// Which rows are open before anybody touches them, and the rows above one that is to be shown. Pure.
import type { NodeStatus } from '../../../app/contract/session.ts';
import type { Topology } from '../../../app/topology/model.ts';
import type { Selection } from '../../state/selection.ts';
import { indexOf } from '../../state/topology-index.ts';
import type { TreeDefaults } from './tree-model.ts';

/** With few Pods all of the tree is open; with many one opens what one wants. */
const OPEN_PODS = 12;
const OPEN_NODES = 8;

/**
 * Remembers the defaults once every node has answered or failed to: a Pod or a node that comes later must not close
 * what somebody is reading. Another cluster is another tree.
 */
export function createDefaultsKeeper(): (
  topology: Topology | null,
  statuses: readonly NodeStatus[],
) => TreeDefaults {
  let kept: { readonly cluster: string; readonly defaults: TreeDefaults } | null = null;
  return (topology, statuses) => {
    if (topology !== null && kept?.cluster === topology.cluster) return kept.defaults;
    const index = topology === null ? null : indexOf(topology);
    const pods = [...(index?.podsOf.values() ?? [])].reduce((sum, each) => sum + each.length, 0);
    const defaults = { nodes: statuses.length <= OPEN_NODES, pods: pods <= OPEN_PODS };
    const answered = statuses.every(
      ({ label, state }) =>
        index?.nodeByLabel.has(label) === true || (state !== 'connecting' && state !== 'connected'),
    );
    if (topology !== null && index !== null && index.nodes.length > 0 && answered)
      kept = { cluster: topology.cluster, defaults };
    return defaults;
  };
}

/** Keys of rows from the outermost to that of a selection; empty when the tree has none for it. */
export function pathTo(topology: Topology, selection: Selection): string[] {
  switch (selection.kind) {
    case 'node': {
      const node = topology.nodes[selection.id];
      return node?.until === null ? [`node:${node.label}`] : [];
    }
    case 'pod':
      return podPath(topology, selection.id);
    case 'interface':
      return interfacePath(topology, selection.id);
    case 'bgp':
      return [`bgp:${selection.id}`];
  }
}

function podPath(topology: Topology, id: string): string[] {
  const pod = topology.pods[id];
  if (pod?.until !== null) return [];
  const node = pod.nodeId === null ? undefined : topology.nodes[pod.nodeId];
  return [...(node?.until === null ? [`node:${node.label}`] : []), `pod:${id}`];
}

function interfacePath(topology: Topology, id: string): string[] {
  const each = topology.interfaces[id];
  if (each?.until !== null) return [];
  const pods = indexOf(topology).podsOf.get(each.nodeId) ?? [];
  const pod = pods.find((one) => one.hostInterfaceId === id || one.podInterfaceId === id);
  const above =
    pod === undefined ? pathTo(topology, { kind: 'node', id: each.nodeId }) : podPath(topology, pod.id);
  const parent = above.at(-1);
  return parent === undefined ? [] : [...above, `${parent}/if:${id}`];
}
