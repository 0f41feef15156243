// What a node has counted since it booted, a namespace was made, a device appeared. Only differences mean anything.
import type { DeviceHookRule } from './device-hooks.ts';
import type { TcFilters } from './tc-filters.ts';

/** /proc/net/dev: packets, but for `bytes`. */
export interface DeviceCounters {
  readonly name: string;
  readonly rxPackets: number;
  readonly rxErrors: number;
  /** Includes what the driver had no room for (rx_missed_errors), and frames of protocols that nobody here speaks. */
  readonly rxDropped: number;
  readonly rxFifo: number;
  readonly rxFrame: number;
  /** Multicast among the packets; always 0 with a driver that does not count it (veth, virtio). */
  readonly rxMulticast: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
  readonly txFifo: number;
  readonly txCarrier: number;
}

export interface NamespaceCounters {
  /** Null for the node's own, which lives as long as the boot. */
  readonly identity: { readonly inode: number; readonly startTicks: number } | null;
  /** The process through which it was read; null for the node's own. */
  readonly pid: number | null;
  /** By the kernel's names as nstat prints them: `IpInReceives`, `TcpExtListenOverflows`, `Ip6InNoRoutes`. */
  readonly counters: ReadonlyMap<string, number>;
  readonly devices: readonly DeviceCounters[];
}

/** Columns of a file in /proc/net/stat, a number for each CPU (32 bits, and wraps). */
export type CpuCounters = ReadonlyMap<string, readonly number[]>;

export interface QdiscCounters {
  readonly device: string;
  readonly kind: string;
  readonly handle: string;
  readonly dropped: number;
  /** Those of its classes are counted in it. */
  readonly root: boolean;
  /** Packets that it let out. */
  readonly sent?: number;
  /** What limits it, where it is told: bytes a second and bytes at once (tbf); packets or, of bfifo and tbf, bytes that it holds. */
  readonly rate?: number;
  readonly burst?: number;
  readonly limit?: number;
}

/** What one device's netlink statistics tell beyond /proc/net/dev. */
export interface LinkStatistics {
  readonly ifindex: number;
  readonly name: string;
  /** Frames for another MAC address (Linux ≥ 5.19); null where it is not told. */
  readonly otherhost: number | null;
}

export interface CountersReading {
  /** The node's own first. */
  readonly namespaces: readonly NamespaceCounters[];
  /** Of /proc/net/softnet_stat, packets that found the backlog of their CPU full; a number for each CPU. */
  readonly softnetDropped: readonly number[];
  /** The node's own namespace alone. */
  readonly conntrack: CpuCounters;
  /** Connections tracked now in the node's namespace and the most there may be; null without conntrack. */
  readonly conntrackTable: { readonly count: number; readonly max: number } | null;
  /**
   * All processes of the machine are seen from here, and what each of their namespaces counted was read: false in a container
   * that is a node (kind), and where there are too many.
   */
  readonly wholeMachine: boolean;
  /** These three of all namespaces of the machine together. */
  readonly routing: CpuCounters;
  readonly arp: CpuCounters;
  readonly ndisc: CpuCounters;
  readonly links: readonly LinkStatistics[];
  /** Empty where there is no tc: with it, lo at least has one. */
  readonly qdiscs: readonly QdiscCounters[];
  /** Filters of tc at devices of the node's own namespace; null, or left out: they were not listed. */
  readonly tc?: TcFilters | null;
  /** Rules at devices of the node's own namespace that drop; null where nft may not be asked. */
  readonly hooks: readonly DeviceHookRule[] | null;
  /** Not all of them were listed. */
  readonly hooksCut: boolean;
  /** Lines that were not understood. */
  readonly unread: number;
}
