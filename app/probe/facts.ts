// What a node can tell us, in our own words. Plain JSON; `app/topology/model.ts` passes these types on.
import type { LinkDetail } from './link-details.ts';

/** A node's own clock: whole seconds since the Unix epoch and nanoseconds within that second. */
export interface NodeTime {
  readonly s: number;
  readonly ns: number;
}

export type EvidenceId = string;

/** Where a fact came from. The output itself is asked for by id. */
export interface EvidenceHead {
  readonly id: EvidenceId;
  readonly nodeLabel: string;
  /** As one could type it on the node. */
  readonly command: string;
  /** The node's time when the command began; null when the output did not say. */
  readonly at: NodeTime | null;
  /** When we received it, ms since the epoch by our clock. */
  readonly seenAt: number;
  readonly state: 'ok' | 'not-permitted' | 'missing-tool' | 'failed' | 'timeout' | 'truncated';
  readonly exitStatus: number | null;
  readonly bytes: number;
}

export type InterfaceKind =
  | 'physical'
  | 'loopback'
  | 'veth'
  | 'netkit'
  | 'bridge'
  | 'vxlan'
  | 'ipip'
  | 'wireguard'
  | 'bond'
  | 'vlan'
  | 'dummy'
  | 'other';

export interface InterfaceAddress {
  readonly address: string;
  readonly prefixLength: number;
  readonly family: 4 | 6;
  readonly scope: string;
  /** Duplicate address detection found it with somebody else: the kernel does not use it. Left out: it did not. */
  readonly duplicate?: true;
}

export interface Route {
  /** CIDR, or `default` as `0.0.0.0/0` and `::/0`. */
  readonly dst: string;
  readonly family: 4 | 6;
  readonly type: string;
  readonly dev: string | null;
  readonly via: string | null;
  /** The kernel's protocol: a name from rt_protos or a number as text; `UNKNOWN_PROTO` where the node's ip prints none. */
  readonly proto: string;
  readonly scope: string | null;
  readonly table: string;
  readonly metric: number;
  readonly prefsrc: string | null;
  readonly flags: readonly string[];
  readonly nexthops: readonly {
    readonly via: string | null;
    readonly dev: string;
    readonly weight: number;
    /** Left out: none. */
    readonly flags?: readonly string[];
  }[];
  /** The TOS (`tos`) that a packet must have, eight bits. Left out: any. */
  readonly tos?: number;
  /** IPv6 router preference (RFC 4191): high, low. Left out: medium, or IPv4. */
  readonly preference?: 'high' | 'low';
  /** Prefix of the source (IPv6 subtrees). Left out: any. */
  readonly from?: string;
  /** The nexthop object it goes by (`ip nexthop`). */
  readonly nexthopId?: number;
  /** Bytes; the route's own MTU. */
  readonly mtu?: number;
  /** What its packets are put into (lightweight tunnels, ip-route(8) `encap`), in ip's words. Left out: nothing, or a path's own. */
  readonly encap?: string;
}

/** BusyBox's ip prints no route's protocol. */
export const UNKNOWN_PROTO = 'unknown';

/** Both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** A rule of the policy database (`ip rule`). A selector that is null matches everything. */
export interface PolicyRule {
  readonly priority: number;
  readonly family: 4 | 6;
  /** As ip prints it after the priority. */
  readonly text: string;
  /** Matches what its selectors do not. */
  readonly not: boolean;
  /** An address, or a prefix in CIDR form. */
  readonly from: string | null;
  readonly to: string | null;
  readonly iif: string | null;
  readonly oif: string | null;
  readonly fwmark: { readonly mark: number; readonly mask: number } | null;
  /** The whole field of eight bits. */
  readonly tos: number | null;
  /** Its upper six bits, as a number up to 63 (iproute2 6.13). */
  readonly dscp: number | null;
  readonly ipproto: number | null;
  readonly sport: PortRange | null;
  readonly dport: PortRange | null;
  readonly uidrange: PortRange | null;
  /** 64 bits, decimal. */
  readonly tunId: string | null;
  /** The table is that of the VRF the packet belongs to. */
  readonly l3mdev: boolean;
  readonly table: string | null;
  readonly action: 'lookup' | 'blackhole' | 'unreachable' | 'prohibit' | 'goto' | 'nop';
  /** Priority of the rule to go on with. */
  readonly goto: number | null;
  /** A route whose prefix is no longer than this does not count. */
  readonly suppressPrefixLength: number | null;
  readonly suppressIfgroup: string | null;
  /** Who made it; null where ip does not tell. */
  readonly protocol: string | null;
  /** Words that were not understood: whether the rule matches is then not known. */
  readonly unread: readonly string[];
}

export interface Neighbour {
  readonly dst: string;
  readonly dev: string;
  readonly mac: string | null;
  readonly state: string;
  /** It has no answer (FAILED, INCOMPLETE), and that is of a while ago: nobody has sent anything to it since. Left out where ip tells no ages. */
  readonly idle?: true;
}

/** An entry of a bridge's or a tunnel's forwarding table (`bridge fdb`). */
export interface ForwardingEntry {
  readonly mac: string;
  /** The port behind which it is, or the tunnel. */
  readonly dev: string;
  /** A tunnel's: the node it is sent to. */
  readonly dst: string | null;
  /** A tunnel's: UDP port and network number with which it is sent there, where the entry has its own. */
  readonly port?: number;
  readonly vni?: number;
  /** The bridge. */
  readonly master: string | null;
  readonly vlan: number | null;
  /** Set by somebody, or a port's own; false: learned from a frame. */
  readonly permanent: boolean;
}

/** What a tunnel device is set to; null where it is set to nothing, or ip does not tell. */
export interface Tunnel {
  /** VXLAN's or Geneve's network identifier. */
  readonly vni: number | null;
  /** UDP destination port. */
  readonly port: number | null;
  readonly local: string | null;
  readonly remote: string | null;
  /** The device it is bound to, by name. */
  readonly lower: string | null;
}

/** What tells who made a node's Pod network, beside its devices and routes. */
export interface CniSigns {
  /** Paths that are there. */
  readonly files: readonly string[];
  /** Flannel's subnet.env. */
  readonly flannel: Readonly<Record<string, string>> | null;
  /** Processes on the node's own network that call themselves so. */
  readonly agents: readonly { readonly pid: number; readonly comm: string }[];
}

/** One device of the namespace we are logged in to, as `ip link` shows it. */
export interface Link {
  readonly ifindex: number;
  readonly name: string;
  readonly kind: InterfaceKind;
  /** The kernel's own word for a kind that is none of ours (geneve, openvswitch …). */
  readonly kernelKind?: string;
  readonly tunnel?: Tunnel;
  /** Left out where ip tells none (text forms, BusyBox). */
  readonly details?: readonly LinkDetail[];
  readonly mac: string | null;
  /** Bytes. */
  readonly mtu: number | null;
  /** The kernel's operstate in capitals; null where the tool does not print it (BusyBox). */
  readonly operstate: string | null;
  readonly adminUp: boolean;
  readonly carrier: boolean;
  /** IFLA_LINK: the other end's (or the lower device's) ifindex, in namespace `peerNsid` when that is not null. */
  readonly peerIfindex: number | null;
  /** Name of the other end when it lies in this same namespace. */
  readonly peerName: string | null;
  readonly peerNsid: number | null;
  /** Name under /run/netns that iproute2's text form prints instead of the number. */
  readonly peerNetnsName: string | null;
  readonly masterName: string | null;
  /** `ip link set DEV group`. Left out: `default`, or ip does not tell. */
  readonly group?: string;
}

export interface LinkAddresses {
  readonly ifindex: number;
  readonly name: string;
  readonly addresses: readonly InterfaceAddress[];
}

/** How this namespace numbers others (link-netnsid). */
export interface NamespaceIds {
  readonly byInode: readonly { readonly nsid: number; readonly inode: number }[];
  readonly byName: readonly { readonly nsid: number; readonly name: string }[];
  /** lsns is there but gave up: `byInode` is not all there is. */
  readonly lsnsFailed: boolean;
}

export interface NetnsProcess {
  readonly pid: number;
  readonly comm: string;
  /** /proc/PID/stat field 22: clock ticks after boot. */
  readonly startTicks: number;
}

export interface NetnsListing {
  /** Namespaces some process is in, with the oldest such process. */
  readonly namespaces: readonly { readonly inode: number; readonly process: NetnsProcess }[];
  /** Namespaces with a file under /run/netns (or docker's folder), with or without a process. */
  readonly named: readonly { readonly inode: number; readonly name: string }[];
  /** Processes whose namespace we may not see. */
  readonly hiddenProcesses: number;
}

/** A device of another namespace, pieced together from its /proc/PID/net and, where mounted, its sysfs. */
export interface RemoteLink {
  readonly name: string;
  /** Null when no file that we may read tells it (IPv4 and IPv6 off). */
  readonly ifindex: number | null;
  /** Only sysfs tells these; null otherwise. */
  readonly peerIfindex: number | null;
  readonly mtu: number | null;
  readonly mac: string | null;
  readonly operstate: string | null;
  readonly adminUp: boolean | null;
  readonly carrier: boolean | null;
  readonly addresses: readonly InterfaceAddress[];
}

export interface RemoteNetns {
  /** The process through which it was read. */
  readonly pid: number;
  readonly links: readonly RemoteLink[];
  /** Every local unicast address, also those that no file ties to a device. Loopback's own left out. */
  readonly addresses: readonly string[];
  /** It has an IPv4 default route (of type unicast). Left out: its routes were not read. */
  readonly defaultRoute?: boolean;
}

/** Routes of one address family of a session. BIRD 1.6 has one of them, which it does not name: its daemon's family. */
export interface BgpChannel {
  /** `ipv4`, `ipv6`, …; null where it is not named. */
  readonly name: string | null;
  /** UP, DOWN, FLUSHING, …; null where it is not told. */
  readonly state: string | null;
  readonly imported: number | null;
  /** Refused by the import filter and kept to be looked at; null where none are kept. */
  readonly filtered: number | null;
  readonly exported: number | null;
  /** Of the imported ones: those that are the best to their destination. */
  readonly preferred: number | null;
  readonly limits: readonly BgpLimit[];
}

export interface BgpLimit {
  readonly of: 'import' | 'receive' | 'export';
  readonly routes: number;
  readonly hit: boolean;
  /** What happens beyond it: warn, block, restart, disable; null when it is not told. */
  readonly action: string | null;
}

export interface BgpProtocol {
  /** Control socket of the BIRD that has it: two daemons may use one name. GoBGP's: where it listens. */
  readonly socket: string;
  readonly name: string;
  /** BIRD's protocol state: up, start, wait, down, … */
  readonly state: string;
  /** BIRD's own text for the time of the last change. */
  readonly since: string;
  /** The same by the node's clock; null where the text tells no more than the day, or the daemon not its clock. */
  readonly sinceAt: NodeTime | null;
  /** BIRD's Info column as it stands. */
  readonly info: string;
  /** Established, Active, …: BIRD's "BGP state" line; null when it prints none. */
  readonly bgpState: string | null;
  readonly description: string | null;
  readonly localAddress: string | null;
  readonly neighbourAddress: string | null;
  /** AS numbers. */
  readonly localAs: number | null;
  readonly neighbourAs: number | null;
  /** The neighbour's router id. */
  readonly neighbourId: string | null;
  /** What the session is, in BIRD's words: internal, external, multihop, route-reflector, route-server, AS4, … */
  readonly session: readonly string[];
  readonly capabilities: { readonly own: readonly string[]; readonly neighbour: readonly string[] };
  readonly lastError: string | null;
  readonly imported: number | null;
  readonly exported: number | null;
  readonly channels: readonly BgpChannel[];
  /** "Neighbor graceful restart active": the routes of a peer that is gone are kept. */
  readonly neighbourRestarting: boolean;
  /** Seconds until the kept routes go; null when no timer runs. */
  readonly restartTimer: number | null;
  /** Seconds left of the hold time, and the hold time that was agreed on; null when the session is not up. */
  readonly holdTimer: number | null;
  readonly holdTime: number | null;
  /** Seconds until the next keepalive, and between two. */
  readonly keepaliveTimer: number | null;
  readonly keepaliveTime: number | null;
}

/** One daemon, as `show status` tells. */
export interface BgpDaemon {
  readonly socket: string;
  readonly program: 'bird' | 'gobgp';
  readonly version: string | null;
  readonly routerId: string | null;
  /** Its own AS number; BIRD has one a session. */
  readonly as: number | null;
  /** BIRD's own text, in its own time zone. */
  readonly lastReboot: string | null;
  readonly lastReconfiguration: string | null;
  /** Seconds by which the daemon's printed times are ahead of UTC; null when it does not tell its clock. */
  readonly zone: number | null;
}

/** A route as the BGP daemon has it, whether the kernel has it or not. */
export interface BgpRoute {
  readonly socket: string;
  /** BIRD 2's table; null where none is named. */
  readonly table: string | null;
  readonly dst: string;
  readonly type: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
  /** The protocol that brought it, e.g. `Mesh_10_12_22_152`, `static1`. */
  readonly protocol: string;
  /** BIRD's word for what that is: BGP, static, device, inherit, … */
  readonly source: string | null;
  /** BIRD's own text. */
  readonly since: string;
  readonly sinceAt: NodeTime | null;
  /** Who told it, where that is not the next hop. */
  readonly from: string | null;
  readonly nexthops: readonly { readonly via: string | null; readonly dev: string | null }[];
  /** The best to its destination. */
  readonly primary: boolean;
  readonly preference: number | null;
  readonly asPath: readonly string[];
  readonly localPref: number | null;
  readonly bgpNextHop: string | null;
  readonly communities: readonly string[];
  /** Of a route that was reflected (RFC 4456): who told the first reflector, and the clusters it passed. */
  readonly originatorId: string | null;
  readonly clusterList: readonly string[];
}

export interface BgpRoutes {
  readonly routes: readonly BgpRoute[];
  /** There are more than were read. */
  readonly cut: boolean;
  /** Lines that were not understood, the first few. */
  readonly unread: readonly UnreadLine[];
}

/** `line` counts from 1. */
export interface UnreadLine {
  readonly line: number;
  readonly text: string;
}

export interface BirdReading {
  readonly state: 'running' | 'dead' | 'absent' | 'not-permitted' | 'unknown';
  readonly version: string | null;
  readonly protocols: readonly BgpProtocol[];
  readonly daemons: readonly BgpDaemon[];
  /** Null when the daemon was not asked, or did not answer. */
  readonly routes: BgpRoutes | null;
  /** Every control socket that is there, and how its own daemon is: BIRD 1.6 runs one for each address family. */
  readonly sockets: readonly { readonly socket: string; readonly state: 'running' | 'dead' | 'unknown' }[];
  /** What `state` rests on, or what kept us from knowing. */
  readonly sentence: string | null;
}
