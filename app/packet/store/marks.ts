// What a packet has and what is special about it, as bits of the columns `layers` and `marks`.

/** Which headers a packet has, at any depth but not those that an ICMP error quotes; named as tshark names them. */
export const Layer = {
  eth: 1 << 0,
  /** LINUX_SLL and LINUX_SLL2. */
  sll: 1 << 1,
  /** LINKTYPE_NULL and LINKTYPE_LOOP. */
  null: 1 << 2,
  llc: 1 << 3,
  vlan: 1 << 4,
  mpls: 1 << 5,
  pppoes: 1 << 6,
  arp: 1 << 7,
  ip: 1 << 8,
  ipv6: 1 << 9,
  icmp: 1 << 10,
  icmpv6: 1 << 11,
  tcp: 1 << 12,
  udp: 1 << 13,
  sctp: 1 << 14,
  gre: 1 << 15,
  vxlan: 1 << 16,
  geneve: 1 << 17,
  /** A provider's VLAN tag. */
  ieee8021ad: 1 << 18,
} as const;

export const Mark = {
  /** It was captured no further than into a header. */
  truncated: 1,
  /** A header contradicts itself or the lengths around it. */
  broken: 2,
  /** A fragment beyond the first: no ports. */
  laterFragment: 4,
  /** A first fragment: the payload goes on in others. */
  firstFragment: 8,
  /** The columns hold the innermost flow; the outermost lies behind the raw bytes. */
  tunnel: 16,
  /**
   * It holds headers of which no column tells, or may: those an ICMP error quotes, flows between the outermost and the
   * innermost, protocols that are not read here. Of such a packet, and of one that is truncated or broken, only a full
   * decode tells everything.
   */
  deeper: 32,
  /** The capture file has a comment on it. */
  comment: 64,
} as const;

/** What the outermost flow of a packet in a tunnel carries. */
export const TunnelKind = {
  /** IPIP, 6in4 and the like: one IP header after another. */
  ipInIp: 1,
  gre: 2,
  vxlan: 3,
  geneve: 4,
} as const;
