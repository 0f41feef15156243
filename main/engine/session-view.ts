// What the window and the CLI are told of an opened cluster: built anew from its owners, for it is small and there is nothing to keep in step.
import type { Notice, SessionView } from '../../app/contract/session.ts';
import type { OpenCluster } from './open-cluster.ts';

export function viewOf(cluster: OpenCluster, notices: readonly Notice[]): SessionView {
  const inventoryLimit = cluster.inventory?.limit ?? null;
  const asked = cluster.inventory?.label ?? '';
  // What this machine is not told of Kubernetes has to stand with some node.
  const limited = cluster.nodes.has(asked) ? asked : cluster.file.nodes[0]?.name;
  return {
    phase: 'open',
    cluster: cluster.file.name,
    clusterFile: cluster.path,
    sentence: null,
    nodes: [...cluster.nodes.values()].map((node) => {
      const status = node.status;
      const limits =
        inventoryLimit !== null && node.label === limited
          ? [...status.limits, inventoryLimit]
          : status.limits;
      return { ...status, limits };
    }),
    prompts: [...cluster.prompts.open],
    paste: cluster.paste,
    notices: [...notices],
  };
}
