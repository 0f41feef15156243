// Made-up clusters, as plans of their nodes: what a node is called and which Pods it has (fixture.ts makes a topology of them).
import type { InterfaceEntity } from '../../app/topology/model.ts';

interface PodPlan {
  readonly name: string;
  readonly namespace: string;
  readonly ip: string;
  readonly veth: string;
}

export interface NodePlan {
  readonly label: string;
  readonly address: string;
  readonly block: string | null;
  readonly pods: readonly PodPlan[];
  /** Further interfaces of the node's own namespace. */
  readonly more?: readonly (Partial<InterfaceEntity> & Pick<InterfaceEntity, 'name' | 'kind' | 'role'>)[];
}

export const classic: readonly NodePlan[] = [
  { label: 'k8s-master', address: '10.12.22.150', block: null, pods: [] },
  {
    label: 'k8s-worker-1',
    address: '10.12.22.151',
    block: '192.168.1.0/24',
    pods: [
      { name: 'c2c-network-demo', namespace: 'default', ip: '192.168.1.2', veth: 'calid9d486e54a8' },
      { name: 'coredns-7f9c', namespace: 'kube-system', ip: '192.168.1.7', veth: 'cali5a1fe07b2c3' },
    ],
  },
  {
    label: 'k8s-worker-2',
    address: '10.12.22.152',
    block: '192.168.2.0/24',
    pods: [
      { name: 'c2c-network-demo-w2', namespace: 'default', ip: '192.168.2.3', veth: 'calia4d5046802b' },
      { name: 'web-5d9f', namespace: 'shop', ip: '192.168.2.9', veth: 'cali09be63c1fa2' },
    ],
  },
];

/** The classic cluster with Calico's tunnels, a second NIC on one node and two on another. */
export const overlay: readonly NodePlan[] = classic.map((plan, index) => ({
  ...plan,
  more: [
    { name: 'tunl0', kind: 'ipip', role: 'tunnel', mtu: 1480, operstate: 'UNKNOWN' },
    { name: 'vxlan.calico', kind: 'vxlan', role: 'tunnel', mtu: 1450, operstate: 'UNKNOWN' },
    ...Array.from({ length: index * 2 }, (_, nic) => ({
      name: `ens${String(224 + nic * 32)}`,
      kind: 'physical' as const,
      role: 'nic' as const,
      addresses: [
        {
          address: `10.${String(20 + nic)}.0.${String(index + 1)}`,
          prefixLength: 24,
          family: 4,
          scope: 'global',
        } as const,
      ],
    })),
  ],
}));

/** The classic cluster with one tunnel. */
export const tunnelled: readonly NodePlan[] = classic.map((plan) => ({
  ...plan,
  more: [{ name: 'vxlan.calico', kind: 'vxlan', role: 'tunnel', mtu: 1450, operstate: 'UNKNOWN' }],
}));

export function manyPods(nodes: number, pods: number): NodePlan[] {
  return Array.from({ length: nodes }, (_, n) => ({
    label: `k8s-node-${String(n + 1).padStart(2, '0')}`,
    address: `10.12.22.${String(150 + n)}`,
    block: `192.168.${String(n)}.0/24`,
    pods: Array.from({ length: pods }, (__, p) => ({
      name: `${['web', 'api', 'worker', 'cache', 'checkout-frontend'][p % 5] ?? 'pod'}-${(7919 * (p + 1) + n).toString(36)}-${(104_729 * (p + 3)).toString(36).slice(0, 5)}`,
      namespace: ['default', 'shop', 'kube-system'][p % 3] ?? 'default',
      ip: `192.168.${String(n)}.${String((p % 250) + 2)}`,
      veth: `cali${(0x1f3a5b7 * (p + 1) + n * 7).toString(16).padStart(11, '0').slice(0, 11)}`,
    })),
  }));
}
