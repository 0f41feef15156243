// What Kubernetes, Calico and Cilium keep in the API, in the few fields that we use. Plain JSON, made in one place each
// (kube-core.ts, kube-events.ts, kube-calico.ts, kube-cilium.ts), so that equal facts are equal as text.

export interface PodFact {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string | null;
  readonly ips: readonly string[];
  readonly phase: string | null;
  readonly ready: { readonly containers: number; readonly ready: number };
  readonly hostNetwork: boolean;
  /** Whom its resolv.conf is to name: `ClusterFirst`, `Default`, `None` … Left out: nobody tells. */
  readonly dnsPolicy?: string;
  /** Those that it asks for itself (dnsConfig). Left out: none. */
  readonly nameservers?: readonly string[];
  /** It has been asked to end. */
  readonly terminating: boolean;
  /** Seconds since the epoch, by the API server's clock. */
  readonly createdAt: number | null;
  /** Interfaces beside the cluster network's own, as Multus reports them (k8s.v1.cni.cncf.io/network-status). */
  readonly networks: readonly PodNetwork[];
  /** Its annotations ask for a limit of its interface's rate. Left out: they do not. */
  readonly isLimited?: true;
  /** Containers that were started again. Left out: none was. */
  readonly restarts?: readonly ContainerRestart[];
  /** By which Services and policies select it. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels beyond those that are kept. */
  readonly moreLabels: number;
}

export interface PodNetwork {
  /** NetworkAttachmentDefinition, `namespace/name`. */
  readonly name: string;
  /** Inside the Pod; null where the report does not say. */
  readonly interfaceName: string | null;
  readonly ips: readonly string[];
  readonly mac: string | null;
}

export interface KubeNodeFact {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly bootId: string | null;
  /** Its kubelet says that it may have Pods. Left out: nobody tells. */
  readonly ready?: boolean;
  /** Since when it says so, in seconds since 1970 by the control plane's clock. Left out: nobody tells. */
  readonly readySince?: number;
  readonly podCidrs: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Those of network plugins only: projectcalico.org/IPv4Address, flannel's, Cilium's. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ServicePort {
  readonly name: string | null;
  /** TCP, UDP or SCTP. */
  readonly protocol: string;
  readonly port: number;
  /** A number, or the name of a container's port. */
  readonly targetPort: string;
  readonly nodePort: number | null;
}

export interface ServiceFact {
  readonly namespace: string;
  readonly name: string;
  /** ClusterIP, NodePort, LoadBalancer or ExternalName. */
  readonly type: string;
  /** Empty for a headless Service and an ExternalName. */
  readonly clusterIps: readonly string[];
  readonly externalIps: readonly string[];
  readonly loadBalancerIps: readonly string[];
  readonly externalName: string | null;
  readonly ports: readonly ServicePort[];
  /** Without one somebody else keeps its endpoints. */
  readonly hasSelector: boolean;
  /** Labels that its Pods have. Left out: nobody told. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Cluster or Local. */
  readonly internalTrafficPolicy: string;
  readonly externalTrafficPolicy: string;
  readonly sessionAffinity: string;
}

export interface EndpointSliceFact {
  readonly namespace: string;
  readonly name: string;
  /** The Service that it belongs to, in the same namespace. */
  readonly service: string | null;
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly ready: boolean;
    readonly serving: boolean;
    readonly terminating: boolean;
    /** It is meant for some zones or nodes only (topology aware routing). */
    readonly hinted: boolean;
    readonly nodeName: string | null;
    /** Name of the Pod in the same namespace. */
    readonly pod: string | null;
  }[];
  readonly ports: readonly {
    readonly name: string | null;
    readonly protocol: string;
    /** Null: all ports. */
    readonly port: number | null;
  }[];
  /** Told by a table that somebody pasted: neither who is ready nor its ports' names and protocols. `more` were left out of it. */
  readonly fromTable?: { readonly more: number };
}

/** Kubernetes' own or Calico's. */
export interface PolicyFact {
  /** Null for a policy of the whole cluster. */
  readonly namespace: string | null;
  readonly name: string;
  /** Calico's; null for Kubernetes' own. */
  readonly tier: string | null;
  readonly order: number | null;
  /** Whom it is for, in Calico's or kubectl's notation of selectors; '' is everybody in its scope. */
  readonly selector: string;
  /** Ingress, Egress. */
  readonly types: readonly string[];
  readonly ingressRules: number;
  readonly egressRules: number;
}

export interface IpPoolFact {
  readonly name: string;
  readonly cidr: string;
  readonly blockSize: number | null;
  /** Never, Always or CrossSubnet. */
  readonly ipipMode: string;
  readonly vxlanMode: string;
  readonly natOutgoing: boolean;
  readonly disabled: boolean;
  readonly disableBgpExport: boolean;
  readonly nodeSelector: string;
  /** `Workload`, `Tunnel`, `LoadBalancer`, …; left out: not told, and then all. */
  readonly allowedUses?: readonly string[];
}

export interface IpamBlockFact {
  readonly name: string;
  readonly cidr: string;
  /** The node that it is affine to; null for a block that lost it. */
  readonly node: string | null;
  readonly strictAffinity: boolean;
  readonly allocations: readonly IpamAllocation[];
}

export interface IpamAllocation {
  readonly address: string;
  /** The node that asked for it: another than the block's has borrowed it. */
  readonly node: string | null;
  readonly namespace: string | null;
  readonly pod: string | null;
  /** vxlanTunnelAddress and the like, for an address of a node itself. */
  readonly type: string | null;
}

export interface BlockAffinityFact {
  readonly name: string;
  readonly node: string;
  readonly cidr: string;
  /** confirmed, pending, pendingDeletion. */
  readonly state: string;
}

export interface BgpPeerFact {
  readonly name: string;
  /** Of one node; null with `nodeSelector`, or for all. */
  readonly node: string | null;
  readonly nodeSelector: string | null;
  readonly peerIp: string | null;
  readonly peerSelector: string | null;
  readonly asNumber: number | null;
  /** A Secret holds its password; its value is never read. */
  readonly hasPassword: boolean;
}

export interface BgpConfigurationFact {
  /** `default`, or `node.NAME`. */
  readonly name: string;
  readonly asNumber: number | null;
  /** Calico's default is true. */
  readonly nodeToNodeMesh: boolean;
  readonly listenPort: number | null;
  readonly serviceCidrs: readonly string[];
}

export interface FelixConfigurationFact {
  /** `default`, or `node.NAME`. */
  readonly name: string;
  /** Settings that are plain values, as text. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface WorkloadEndpointFact {
  readonly namespace: string;
  readonly name: string;
  readonly node: string | null;
  readonly pod: string | null;
  /** On the host: caliX. */
  readonly interfaceName: string | null;
  readonly networks: readonly string[];
  readonly mac: string | null;
}

export interface CiliumNodeFact {
  readonly name: string;
  readonly addresses: readonly { readonly type: string; readonly ip: string }[];
  readonly podCidrs: readonly string[];
}

export interface CiliumEndpointFact {
  readonly namespace: string;
  readonly name: string;
  readonly id: number | null;
  readonly addresses: readonly string[];
  readonly node: string | null;
  readonly state: string | null;
}

export interface KubeEventFact {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** `FailedCreatePodSandBox`, `NodeNotReady`, … */
  readonly reason: string;
  readonly message: string;
  /** How often, until `lastAt`. */
  readonly count: number;
  /** Seconds since the epoch, by the clock of who reported it. */
  readonly firstAt: number | null;
  readonly lastAt: number;
  readonly about: {
    readonly kind: string;
    readonly namespace: string | null;
    readonly name: string;
    readonly uid: string | null;
  };
  /** `kubelet`, `node-controller`, … */
  readonly reporter: string | null;
  /** The node whose kubelet reported it. */
  readonly host: string | null;
}

/** One container of a Pod that was started again. */
export interface ContainerRestart {
  readonly container: string;
  readonly count: number;
  /** How the one before ended; null where kubelet remembers none. */
  readonly ended: {
    /** `OOMKilled`, `Error`, `Completed`, … */
    readonly reason: string | null;
    readonly exitCode: number;
    readonly signal: number | null;
    /** Seconds since the epoch, the node's clock. */
    readonly at: number | null;
  } | null;
}

/** Each kind and what is known of one object of it. */
export interface KubeFacts {
  readonly pods: PodFact;
  readonly nodes: KubeNodeFact;
  readonly services: ServiceFact;
  readonly endpointSlices: EndpointSliceFact;
  readonly networkPolicies: PolicyFact;
  readonly events: KubeEventFact;
  readonly 'calico.pools': IpPoolFact;
  readonly 'calico.blocks': IpamBlockFact;
  readonly 'calico.affinities': BlockAffinityFact;
  readonly 'calico.bgpPeers': BgpPeerFact;
  readonly 'calico.bgpConfigurations': BgpConfigurationFact;
  readonly 'calico.felixConfigurations': FelixConfigurationFact;
  readonly 'calico.globalNetworkPolicies': PolicyFact;
  readonly 'calico.networkPolicies': PolicyFact;
  readonly 'calico.workloadEndpoints': WorkloadEndpointFact;
  readonly 'cilium.nodes': CiliumNodeFact;
  readonly 'cilium.endpoints': CiliumEndpointFact;
}
export type KubeKind = keyof KubeFacts;
