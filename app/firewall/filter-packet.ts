// A packet as packet filters look at it, on its way through one network namespace.
import type { Address } from '../route/address.ts';

export type ConnectionState = 'new' | 'established' | 'related' | 'invalid' | 'untracked';

/** One direction of a connection: what conntrack knows it by. */
export interface Tuple {
  readonly src: Address;
  readonly dst: Address;
  /** 0 for protocols without ports. */
  readonly sport: number;
  readonly dport: number;
}

/** Of a packet that nobody has looked at yet: as the first of a connection. */
export function newConnection(original: Tuple): FilterPacket['connection'] {
  return { state: 'new', mark: 0, dnat: false, snat: false, direction: 'original', original };
}

export interface FilterPacket extends Tuple {
  readonly family: 4 | 6;
  /** It is a question or an answer of ARP, from the one address for the other; left out: it is a packet of IP. */
  readonly arp?: 'request' | 'reply';
  /** IP protocol number. */
  readonly protocol: number;
  readonly icmp: { readonly type: number; readonly code: number } | null;
  /** As in byte 13 of the TCP header; 0 for others. */
  readonly tcpFlags: number;
  /** Null: this namespace sends it itself. */
  readonly iif: string | null;
  /** Null before the route is chosen, and for what stays here. */
  readonly oif: string | null;
  /** Ports of a bridge that it came in by and goes out by, where br_netfilter shows bridged packets to IP's hooks. */
  readonly physIn: string | null;
  readonly physOut: string | null;
  /** The MAC address that its frame was sent from; null or left out: not known. */
  readonly fromMac?: string | null;
  readonly mark: number;
  readonly tos: number;
  readonly ttl: number;
  /** Bytes of the IP packet. */
  readonly length: number;
  readonly connection: {
    readonly state: ConnectionState;
    readonly mark: number;
    /** Its destination, its source was translated (conntrack's status DNAT, SNAT). */
    readonly dnat: boolean;
    readonly snat: boolean;
    readonly direction: 'original' | 'reply';
    /** As its first packet was before any translation. */
    readonly original: Tuple;
    /** What an answer looks like, where conntrack lists it; left out: translations yet to come decide it. */
    readonly reply?: Tuple;
    /** Conntrack looks for it in this zone; left out: 0, as long as no rule says another. */
    readonly zone?: number;
  };
}
