// The topology: what exists in the cluster, since when, and which evidence says so (DESIGN §5 "Identity").
// Plain JSON from end to end: it crosses worker, process and file borders unchanged.
import type {
  EvidenceHead,
  EvidenceId,
  InterfaceAddress,
  InterfaceKind,
  Neighbour,
  NodeTime,
  PolicyRule,
  Route,
  Tunnel,
} from '../probe/facts.ts';

// What a node says of itself keeps the shape in which app/probe read it.
export type {
  EvidenceHead,
  EvidenceId,
  InterfaceAddress,
  InterfaceKind,
  Neighbour,
  NodeTime,
  PolicyRule,
  Route,
  Tunnel,
} from '../probe/facts.ts';

/** `node:<hash of cluster, host key, boot id>`; a rebooted node is another one. */
export type NodeId = string;
/** `netns:<node>/<inode>@<anchor>`; inodes are reused at once, so the anchor tells incarnations apart. */
export type NetnsId = string;
/** `if:<netns>/<ifindex>@<first seen>`. */
export type InterfaceId = string;
/** `pod:<uid>`, or `pod:<netns id>` when no inventory names it. */
export type PodId = string;
/** A thing that may be renamed, readdressed or end, and keeps its id while it lives. */
export interface Lifetime {
  /** First seen, by the node's clock. */
  readonly since: NodeTime;
  /** Null while it lives. */
  readonly until: NodeTime | null;
  readonly evidence: readonly EvidenceId[];
}

export interface NodeEntity extends Lifetime {
  readonly id: NodeId;
  /** The cluster file's label: how the operator and the engine name the machine. */
  readonly label: string;
  readonly hostname: string;
  readonly hostKeyFingerprint: string;
  readonly bootId: string;
  readonly kernel: string;
  /** Addresses of the root namespace, loopback and link-local left out, the one peers use first. */
  readonly addresses: readonly string[];
  readonly rootNetns: NetnsId;
  readonly bird: BirdState;
  /** What this login's rights or missing tools kept from us, a sentence each. Never an empty fact instead. */
  readonly unknowns: readonly string[];
  /** The sentence of a kind of fact that could not be read; null where it was, so that none means none. */
  readonly unread: { readonly routes: string | null; readonly insidesOfPods: string | null };
  readonly cni: CniState;
  /** Routes that lead to nobody, devices without another end: what no Pod can say of itself, a sentence each. */
  readonly contradictions: readonly string[];
  /** Left out: nothing leads to nobody. */
  readonly strays?: Strays;
  /** Kubernetes' own name for this node; null when no inventory knows it. */
  readonly kubernetesName: string | null;
}

/** Routes and devices that lead to nobody (strays.ts) by a key of their own: since when, null from before we first looked. */
export type Strays = Readonly<Record<string, NodeTime | null>>;

/** Who made the node's Pod network, and how it reaches other nodes. */
export interface CniState {
  /** `Calico`, `Flannel`, `Cilium`, `bridge` …; null when nothing tells. */
  readonly name: string | null;
  /** `BGP`, `VXLAN`, `host-gw` …; null when not understood, or there is none. */
  readonly mode: string | null;
  /** What Hopscope cannot see into, a sentence; null when there is nothing of that kind. */
  readonly opaque: string | null;
  /** A sentence each, the weightiest first. */
  readonly evidence: readonly string[];
}

export interface BirdState {
  readonly state: 'running' | 'dead' | 'absent' | 'not-permitted' | 'unknown';
  readonly version: string | null;
  /** Routes of proto bird in the kernel: with `dead` these are the kept ones. */
  readonly kernelRoutes: number;
  /** E.g. "BIRD dead, routes kept"; null when there is nothing to say. */
  readonly sentence: string | null;
}

export interface NetnsEntity extends Lifetime {
  readonly id: NetnsId;
  readonly nodeId: NodeId;
  readonly inode: number;
  readonly root: boolean;
  /** The node's own id for this namespace in link-netnsid; null when none is assigned. */
  readonly nsid: number | null;
  /** The oldest process in it; null when it holds none. */
  readonly process: { readonly pid: number; readonly comm: string; readonly startTicks: number } | null;
  readonly podId: PodId | null;
}

/** What an interface is for, as the graph draws it. */
export type InterfaceRole = 'nic' | 'workload' | 'pod' | 'bridge' | 'tunnel' | 'loopback' | 'other';

export type PeerProof =
  | 'link-netnsid' // the kernel names the namespace and the ifindex in it
  | 'mutual-ifindex' // each end names the other's ifindex
  | 'calico-name-hash' // cali + sha1(namespace.pod)
  | 'bridge-fdb' // its MAC is the Pod address's neighbour's, and the bridge has it behind this port
  | 'host-route'; // the node's /32 or /128 to the Pod leaves by this interface

export interface InterfacePeer {
  /** Null when the other end lies in a namespace we cannot see; `why` says so. */
  readonly interfaceId: InterfaceId | null;
  readonly podId: PodId | null;
  readonly ifindex: number;
  readonly proofs: readonly PeerProof[];
  readonly why: string | null;
}

export interface InterfaceEntity extends Lifetime {
  readonly id: InterfaceId;
  readonly nodeId: NodeId;
  readonly netnsId: NetnsId;
  readonly ifindex: number;
  readonly name: string;
  readonly kind: InterfaceKind;
  /** The kernel's own word for a kind that is none of ours. Left out: there is no other. */
  readonly kernelKind?: string;
  /** Left out: it is none. */
  readonly tunnel?: Tunnel;
  readonly role: InterfaceRole;
  readonly mac: string | null;
  /** Bytes; null when only /proc told us of it. */
  readonly mtu: number | null;
  /** The kernel's operstate in capitals: UP, DOWN, UNKNOWN, LOWERLAYERDOWN, …; null when not readable. */
  readonly operstate: string | null;
  readonly adminUp: boolean | null;
  readonly carrier: boolean | null;
  readonly addresses: readonly InterfaceAddress[];
  /** Null for kinds without a peer. */
  readonly peer: InterfacePeer | null;
  /** The bridge or bond it belongs to. */
  readonly masterIfindex: number | null;
}

export interface PodEntity extends Lifetime {
  readonly id: PodId;
  /** Null for a Pod found from its network namespace alone. */
  readonly namespace: string | null;
  readonly name: string;
  readonly nodeId: NodeId | null;
  readonly nodeName: string | null;
  readonly ips: readonly string[];
  readonly phase: string | null;
  readonly ready: { readonly containers: number; readonly ready: number } | null;
  readonly hostNetwork: boolean;
  /** By which Services and policies select it; none where nobody told. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels beyond those that are kept. */
  readonly moreLabels: number;
  readonly netnsId: NetnsId | null;
  /** Ids of the Pod's own interface and of its host end; null when not found. */
  readonly podInterfaceId: InterfaceId | null;
  readonly hostInterfaceId: InterfaceId | null;
  /** Contradictions between sources, a sentence each ("kubectl says Running, the node has no /32 …"). */
  readonly contradictions: readonly string[];
}

/** Routes, rules and neighbours of one network namespace. */
export interface ForwardingState {
  readonly netnsId: NetnsId;
  readonly nodeId: NodeId;
  readonly at: NodeTime;
  readonly routes: readonly Route[];
  readonly rules: readonly PolicyRule[];
  readonly neighbours: readonly Neighbour[];
  readonly evidence: readonly EvidenceId[];
}

export interface BgpSession extends Lifetime {
  /** `bgp:<node>/<protocol name>@<control socket>`. */
  readonly id: string;
  readonly nodeId: NodeId;
  /** BIRD's protocol name, e.g. `Mesh_10_12_22_152`. */
  readonly name: string;
  readonly peerAddress: string | null;
  readonly peerNodeId: NodeId | null;
  /** BIRD's protocol state: up, start, wait, down … */
  readonly protocolState: string;
  /** Established, Active, Connect, …; BIRD's Info column as it stands when it is none of them. */
  readonly info: string;
  /** BIRD's own text for the time of the last change. */
  readonly changed: string;
  readonly imported: number | null;
  readonly exported: number | null;
  /** Routes of a dead peer that graceful restart keeps alive, as a sentence; null when there are none. */
  readonly stale: string | null;
}

/** Something that changed, as the operator would say it. */
export interface TopologyEvent {
  readonly id: number;
  readonly at: NodeTime;
  readonly nodeLabel: string;
  readonly kind:
    | 'node-appeared'
    | 'node-rebooted'
    | 'interface-appeared'
    | 'interface-changed'
    | 'interface-ended'
    | 'pod-appeared'
    | 'pod-changed'
    | 'pod-ended'
    | 'route-appeared'
    | 'route-changed'
    | 'route-ended'
    | 'bgp-changed'
    | 'bird-changed'
    | 'kernel-message'
    | 'log-message'
    | 'kubernetes-warning';
  readonly sentence: string;
  /** Ids of the entities it is about. */
  readonly about: readonly string[];
  /** What it was and what it is now, where it neither came nor went. */
  readonly change?: { readonly before: string; readonly after: string };
  /** So many changes of one kind, told together. */
  readonly burst?: EventBurst;
  /** The event whose place this one takes: a burst that went on. */
  readonly replaces?: number;
  /** Who tells it by its own clock. Left out: we saw it ourselves. */
  readonly teller?: 'kernel log' | 'BGP daemon' | 'Kubernetes' | 'daemon log';
  /** It happened before we connected. */
  readonly past?: true;
  /** Of what its teller repeats: what is told of it later takes its place. */
  readonly series?: string;
}

export interface EventBurst {
  readonly count: number;
  /** When the first of them was seen. */
  readonly since: NodeTime;
  readonly examples: readonly string[];
}

export interface Topology {
  readonly schema: 1;
  readonly cluster: string;
  /** Rises with every change. */
  readonly revision: number;
  readonly nodes: Readonly<Record<NodeId, NodeEntity>>;
  readonly netns: Readonly<Record<NetnsId, NetnsEntity>>;
  readonly interfaces: Readonly<Record<InterfaceId, InterfaceEntity>>;
  readonly pods: Readonly<Record<PodId, PodEntity>>;
  readonly bgp: Readonly<Record<string, BgpSession>>;
  readonly forwarding: Readonly<Record<NetnsId, ForwardingState>>;
  readonly evidence: Readonly<Record<EvidenceId, EvidenceHead>>;
  /** What has ended stays in the tables above with `until` set, the oldest leaving first beyond a bound. */
  readonly events: readonly TopologyEvent[];
  /** Sentences about the whole cluster: two Pods with one address, an unreachable inventory, … */
  readonly warnings: readonly string[];
}

/** The difference between two revisions; applying it to `from` gives `revision`. */
export interface TopologyPatch {
  readonly from: number;
  readonly revision: number;
  readonly upsert: {
    readonly [K in TopologyTable]?: Topology[K];
  };
  readonly remove: {
    readonly [K in TopologyTable]?: readonly string[];
  };
  /** Events newer than those of `from`. */
  readonly events: readonly TopologyEvent[];
  readonly warnings: readonly string[] | null;
}

export type TopologyTable = 'nodes' | 'netns' | 'interfaces' | 'pods' | 'bgp' | 'forwarding' | 'evidence';
