// Every field by its name.
import * as arp from './arp.ts';
import * as bareLink from './bare-link.ts';
import * as bgp from './bgp.ts';
import * as data from './data.ts';
import * as dns from './dns.ts';
import * as erspan from './erspan.ts';
import * as dhcp from './dhcp.ts';
import * as dhcpv6 from './dhcpv6.ts';
import * as ethernet from './ethernet.ts';
import type { Field } from './field.ts';
import * as frame from './frame.ts';
import * as geneve from './geneve.ts';
import * as gre from './gre.ts';
import * as gtp from './gtp.ts';
import * as icmp from './icmp.ts';
import * as icmpv6 from './icmpv6.ts';
import * as igmp from './igmp.ts';
import * as ipsec from './ipsec.ts';
import * as http from './http.ts';
import * as ipv4 from './ipv4.ts';
import * as ipv6Extensions from './ipv6-extensions.ts';
import * as ipv6 from './ipv6.ts';
import * as l2tp from './l2tp.ts';
import * as llc from './llc.ts';
import * as marks from './marks.ts';
import * as mobility from './mobility.ts';
import * as mpls from './mpls.ts';
import * as ppp from './ppp.ts';
import * as pim from './pim.ts';
import * as serialLinks from './serial-links.ts';
import * as shim6 from './shim6.ts';
import * as sll from './sll.ts';
import * as quic from './quic.ts';
import * as sctp from './sctp.ts';
import * as tcp from './tcp.ts';
import * as teredo from './teredo.ts';
import * as tls from './tls.ts';
import * as udp from './udp.ts';
import * as vlan from './vlan.ts';
import * as vxlan from './vxlan.ts';
import * as wireguard from './wireguard.ts';

/** By dissector; within one in the order of its packet. */
const FIELDS: readonly Field[] = [
  ...frame.FIELDS,
  ...ethernet.FIELDS,
  ...llc.FIELDS,
  ...vlan.FIELDS,
  ...sll.FIELDS,
  ...bareLink.FIELDS,
  ...ppp.FIELDS,
  ...mpls.FIELDS,
  ...arp.FIELDS,
  ...ipv4.FIELDS,
  ...ipv6.FIELDS,
  ...ipv6Extensions.FIELDS,
  ...mobility.FIELDS,
  ...shim6.FIELDS,
  ...serialLinks.FIELDS,
  ...pim.FIELDS,
  ...ipsec.FIELDS,
  ...icmp.FIELDS,
  ...icmpv6.FIELDS,
  ...igmp.FIELDS,
  ...tcp.FIELDS,
  ...udp.FIELDS,
  ...sctp.FIELDS,
  ...gre.FIELDS,
  ...erspan.FIELDS,
  ...vxlan.FIELDS,
  ...geneve.FIELDS,
  ...wireguard.FIELDS,
  ...gtp.FIELDS,
  ...l2tp.FIELDS,
  ...teredo.FIELDS,
  ...bgp.FIELDS,
  ...dns.FIELDS,
  ...dhcp.FIELDS,
  ...dhcpv6.FIELDS,
  ...http.FIELDS,
  ...tls.FIELDS,
  ...quic.FIELDS,
  ...data.FIELDS,
  ...marks.FIELDS,
];

/** Fields of one name that several dissectors add are one object. */
const BY_NAME = new Map(FIELDS.map((field) => [field.name, field]));

export function fieldNamed(name: string): Field | null {
  return BY_NAME.get(name) ?? null;
}

/** In alphabetical order. */
export const fieldNames: readonly string[] = [...BY_NAME.keys()].sort();
