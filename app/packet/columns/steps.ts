// Which header comes next. Dissectors name it by number and so know nothing of each other: tunnels make no cycle of imports.

export const Step = {
  done: 0,
  /** What comes is not read into columns: only a full decode may tell more. */
  unread: 21,
  ethernet: 1,
  sll: 2,
  sll2: 3,
  null: 4,
  rawIp: 5,
  vlan: 6,
  llc: 7,
  mpls: 8,
  pppoe: 9,
  arp: 10,
  ipv4: 11,
  ipv6: 12,
  authentication: 13,
  icmp: 14,
  tcp: 15,
  udp: 16,
  sctp: 17,
  gre: 18,
  vxlan: 19,
  geneve: 20,
  providerVlan: 22,
  loop: 23,
} as const;

export type Step = (typeof Step)[keyof typeof Step];
