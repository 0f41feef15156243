// What a lab is made of: plain values, kept in its state.

/** What `lab up --mode` knows; network/networks.ts says what each is. */
export const NETWORK_MODES = ['bgp', 'vxlan', 'bridge', 'flannel'] as const;
export type NetworkMode = (typeof NETWORK_MODES)[number];

export interface PodPlan {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  /** In a lab with IPv6. */
  readonly address6?: string;
  /** The name of the node's end, and its ifindex there. */
  readonly hostInterface: string;
  readonly hostIfindex: number;
  /** Beside `app`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The address it fetches once a second, if it is a client. */
  readonly fetches?: string;
}

export interface NodePlan {
  readonly index: number;
  readonly name: string;
  readonly address: string;
  /** In a lab with IPv6. */
  readonly address6?: string;
  readonly mac: string;
  /** Its Pods' addresses, one /24 block. */
  readonly block: string;
  /** In a lab with IPv6: one /120 block. */
  readonly block6?: string;
  /** Of a route reflector: its routeReflectorClusterID. */
  readonly clusterId?: string;
  /** The login besides root: on worker 1 with a sudo rule, on worker 2 without. */
  readonly user?: { readonly name: 'operator' | 'viewer'; readonly sudo: boolean };
  readonly pods: readonly PodPlan[];
}

/** How the master's etcd is reached: as kubeadm lays it out, or without certificates. */
export const ETCD_MODES = ['tls', 'plain'] as const;
export type EtcdMode = (typeof ETCD_MODES)[number];

export interface LabPlan {
  readonly name: string;
  readonly mode: NetworkMode;
  readonly etcd: EtcdMode;
  readonly nodes: readonly NodePlan[];
  /** There are Services for `lab traffic send` (kube-proxy.ts). */
  readonly trafficServices?: true;
}
