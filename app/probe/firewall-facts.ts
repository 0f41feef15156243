// What a node's packet filters hold, as its own tools print it. Rules stay as they were printed: a node with 1,000
// Services has 20,000 of them, and what one means (rule-spec.ts) is worked out for those that somebody asks about.
import type { EvidenceId } from './facts.ts';
import type { Unread } from './unread.ts';

/** `legacy`: ip_tables. `nft-compat`: iptables' rules kept in nf_tables. `nft`: nf_tables' own. */
export type FirewallBackend = 'legacy' | 'nft-compat' | 'nft';

export type FirewallFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';

export const HOOKS = [
  'ingress',
  'prerouting',
  'input',
  'forward',
  'output',
  'postrouting',
  'egress',
] as const;
export type HookName = (typeof HOOKS)[number];

/** Where the kernel calls a base chain. */
export interface ChainHook {
  readonly hook: HookName;
  /** Lower ones come first. */
  readonly priority: number;
  /** filter, nat or route. */
  readonly type: string;
  /** What becomes of a packet that no rule decided; null where the chain says nothing (accept). */
  readonly policy: 'accept' | 'drop' | null;
  /** Of netdev chains. */
  readonly device: string | null;
}

interface CountedRule {
  /** Null: this rule counts nothing (nft without `counter`). */
  readonly packets: number | null;
  readonly bytes: number | null;
}

/** A line of iptables-save. */
export interface XtRule extends CountedRule {
  readonly backend: 'xt';
  /** What stood after `-A CHAIN `. */
  readonly text: string;
  /** In the evidence, from 1. */
  readonly line: number;
}

/** A rule of `nft -j`. */
export interface NftRule extends CountedRule {
  readonly backend: 'nft';
  readonly handle: number | null;
  readonly comment: string | null;
  /** As nft's JSON has it (libnftables-json(5)). */
  readonly expr: readonly unknown[];
}

export type FirewallRule = XtRule | NftRule;

export interface FirewallChain {
  readonly name: string;
  /** Null: reached by jumps only. */
  readonly hook: ChainHook | null;
  /** Of the policy of an iptables chain; null elsewhere. */
  readonly packets: number | null;
  readonly bytes: number | null;
  readonly rules: readonly FirewallRule[];
}

/** A set or a map of nf_tables. */
export interface NftSet {
  readonly name: string;
  readonly isMap: boolean;
  /** As nft writes it: `ipv4_addr . inet_service`, for a map with `: verdict`. */
  readonly type: string;
  readonly comment: string | null;
  /** Seconds for which an element stays; null: for good, or each has its own. */
  readonly timeout: number | null;
  /** As nft's JSON has them, `MOST_MEMBERS` at most; of a map [key, value]. */
  readonly elements: readonly unknown[];
  readonly size: number;
}

export interface FirewallTable {
  readonly backend: FirewallBackend;
  readonly family: FirewallFamily;
  readonly name: string;
  readonly chains: readonly FirewallChain[];
  readonly sets: readonly NftSet[];
  readonly evidence: EvidenceId;
}

export interface IpSet {
  readonly name: string;
  readonly type: string;
  /** Null when only some members were read. */
  readonly size: number | null;
  /** As `ipset save` prints them, options among them; MOST_MEMBERS at most. */
  /** Bits of the net that each address stands for, or a `bitmask`, as it was printed; left out: none. */
  readonly netmask?: string;
  readonly members: readonly string[];
}

/** A Service of IPVS. */
export interface VirtualServer {
  /** TCP, UDP, SCTP or FWM. */
  readonly protocol: string;
  /** Null for a firewall mark. */
  readonly address: string | null;
  readonly port: number | null;
  readonly mark: number | null;
  readonly scheduler: string;
  readonly flags: string;
  readonly servers: readonly RealServer[];
}

export interface RealServer {
  readonly address: string;
  readonly port: number;
  /** Masq, Route, Tunnel or Local. */
  readonly forward: string;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
}

export interface FirewallReading {
  readonly tables: readonly FirewallTable[];
  /**
   * Rules that may be there and are not in `tables`, or Services of IPVS: `all`, where none may be read, or `some`, where a listing was
   * refused, cut or failed. Left out: none. Nothing follows from a rule's absence but where it is left out (whole-filters.ts).
   */
  readonly rulesMissing?: 'all' | 'some';
  readonly ipsets: readonly IpSet[];
  readonly virtualServers: readonly VirtualServer[];
  /** Connections that conntrack keeps, and how many it may; null where it keeps none. */
  readonly conntrack: { readonly count: number; readonly max: number } | null;
  /** Numbers of the queues (NFQUEUE, nft’s queue) that programs listen to; left out: not read. */
  readonly queues?: readonly number[];
  /** The first of them; `unreadCount` is all. */
  readonly unread: readonly Unread[];
  readonly unreadCount: number;
}

/** Of one set: those of 10,000 Services or Pods with two entrances each. */
export const MOST_MEMBERS = 20_000;
