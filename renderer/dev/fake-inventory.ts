// How the lists of Kubernetes stand in the made-up cluster: all that can be the matter with one.
import type { InventoryView } from '../../app/contract/inventory-view.ts';

const AS_OF = Date.UTC(2026, 10, 24, 14, 22, 7);

export function fakeInventory(): InventoryView {
  const listed = (name: string, count: number) =>
    ({
      name,
      state: 'listed',
      count,
      asOf: AS_OF,
      sentence: null,
      command: `kubectl get ${name} -A`,
    }) as const;
  const kinds: InventoryView['kinds'] = [
    listed('nodes', 3),
    listed('pods', 1_204),
    listed('services', 41),
    listed('endpointslices.discovery.k8s.io', 41),
    {
      ...listed('networkpolicies.networking.k8s.io', 0),
      state: 'not-permitted',
      sentence:
        'the API server says: networkpolicies.networking.k8s.io is forbidden: User "viewer" cannot list resource "networkpolicies" in API group "networking.k8s.io" at the cluster scope',
    },
    listed('ippools.crd.projectcalico.org', 1),
    {
      ...listed('ipamblocks.crd.projectcalico.org', 0),
      state: 'failed',
      sentence: 'the API server did not answer within 20 s',
    },
    { ...listed('bgppeers.crd.projectcalico.org', 0), state: 'unread', asOf: null, command: null },
    {
      ...listed('ciliumnodes.cilium.io', 0),
      state: 'absent',
      sentence: 'the API server does not have ciliumnodes.cilium.io',
    },
  ];
  return { sentence: null, kinds };
}
