// Protocols by family, so that the eye finds its way through the table: each has a colour, and its name beside it. Pure.
export type ProtocolFamily = 'tcp' | 'http' | 'tls' | 'udp' | 'icmp' | 'arp' | 'bgp' | 'tunnel' | 'other';

const families: Readonly<Record<Exclude<ProtocolFamily, 'other'>, readonly string[]>> = {
  tcp: ['TCP', 'SCTP'],
  http: ['HTTP'],
  tls: ['TLS'],
  udp: ['UDP', 'DNS', 'MDNS', 'LLMNR', 'DHCP', 'DHCPv6', 'NTP'],
  icmp: ['ICMP', 'ICMPv6', 'IGMP'],
  arp: ['ARP'],
  bgp: ['BGP', 'OSPF'],
  tunnel: ['VXLAN', 'Geneve', 'GENEVE', 'GRE', 'IPIP', 'IPv6 in IP', 'ESP', 'AH', 'WireGuard'],
};

const byName: ReadonlyMap<string, ProtocolFamily> = new Map(
  Object.entries(families).flatMap(([family, names]) =>
    names.map((name): [string, ProtocolFamily] => [name, family as ProtocolFamily]),
  ),
);

/** @param protocol as the table's column says it */
export function familyOf(protocol: string): ProtocolFamily {
  return byName.get(protocol) ?? 'other';
}
