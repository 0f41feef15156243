// What Calico's own objects say of BGP: whether the mesh is on, and who reflects routes.
import type { Inventory } from '../probe/inventory.ts';

export interface BgpIntent {
  /** BGPConfiguration's nodeToNodeMeshEnabled; null where no inventory tells. */
  readonly mesh: boolean | null;
  /** Cluster ids of route reflectors, by Kubernetes' name of the node. */
  readonly clusterIds: ReadonlyMap<string, string>;
}

/** calico/node writes it from the Node resource's spec.bgp.routeReflectorClusterID (libcalico-go, KDD). */
const CLUSTER_ID = 'projectcalico.org/RouteReflectorClusterID';

export function bgpIntent(inventory: Inventory | null): BgpIntent {
  if (inventory === null) return { mesh: null, clusterIds: new Map() };
  const listed = inventory.kinds['calico.bgpConfigurations'].state === 'listed';
  const told = inventory.calico.bgpConfigurations['default']?.nodeToNodeMesh;
  return {
    // Calico's default, where it has no such object.
    mesh: listed ? (told ?? true) : null,
    clusterIds: new Map(
      Object.values(inventory.nodes).flatMap(({ name, annotations }): [string, string][] => {
        const id = annotations[CLUSTER_ID];
        return id === undefined || id === '' ? [] : [[name, id]];
      }),
    ),
  };
}
