// Who reads what comes after a header: by the number that the header gives, as IANA and IEEE assign them.
import { dissectArp } from './arp.ts';
import { dissectIp, dissectLoop, dissectNull, dissectRaw } from './bare-link.ts';
import { dissectData } from './data.ts';
import type { Dissection, Dissector, Step } from './dissection.ts';
import { dissectErspan } from './erspan.ts';
import { dissectEthernet } from './ethernet.ts';
import { dissectGre } from './gre.ts';
import { dissectIcmp } from './icmp.ts';
import { dissectIcmpv6 } from './icmpv6.ts';
import { dissectIgmp } from './igmp.ts';
import { dissectAh, dissectEsp } from './ipsec.ts';
import { dissectIpv4 } from './ipv4.ts';
import {
  dissectDestinationOptions,
  dissectFragment,
  dissectHopByHop,
  dissectRouting,
} from './ipv6-extensions.ts';
import { dissectIpv6 } from './ipv6.ts';
import { dissectLlc } from './llc.ts';
import { dissectMobility } from './mobility.ts';
import { dissectMpls } from './mpls.ts';
import { Link } from './numbers.ts';
import { SCTP_PAYLOAD, TCP_PAYLOAD, UDP_PAYLOAD } from './payload-tables.ts';
import { dissectEtherIp, dissectPim } from './pim.ts';
import { dissectPpp, dissectPppoeDiscovery, dissectPppoeSession } from './ppp.ts';
import { dissectShim6 } from './shim6.ts';
import {
  dissectCiscoHdlc,
  dissectFrameRelay,
  dissectIpOverInfiniband,
  dissectIpnet,
} from './serial-links.ts';
import { dissectSll, dissectSll2 } from './sll.ts';
import { dissectSctp } from './sctp.ts';
import { dissectTcp } from './tcp.ts';
import { dissectUdp, dissectUdpLite } from './udp.ts';
import { dissectProviderVlan, dissectVlan } from './vlan.ts';

/** https://www.tcpdump.org/linktypes.html; 12 and 14 are what RAW is to some systems that wrote files. */
const BY_LINK_TYPE = new Map<number, Dissector>([
  [0, dissectNull],
  [Link.ethernet, dissectEthernet],
  [Link.ppp, dissectPpp],
  [12, dissectRaw],
  [14, dissectRaw],
  [50, dissectPpp],
  [51, dissectPppoeSession],
  [Link.llc, dissectLlc],
  [101, dissectRaw],
  [Link.ciscoHdlc, dissectCiscoHdlc],
  [107, dissectFrameRelay],
  [108, dissectLoop],
  [113, dissectSll],
  [226, dissectIpnet],
  [Link.ip, dissectIp],
  [229, dissectIpv6],
  [242, dissectIpOverInfiniband],
  [276, dissectSll2],
]);
const BY_ETHER_TYPE = new Map<number, Dissector>([
  [0x0800, dissectIpv4],
  [0x0806, dissectArp],
  [0x6558, dissectEthernet],
  [0x8035, dissectArp],
  [0x8100, dissectVlan],
  [0x86dd, dissectIpv6],
  [0x880b, dissectPpp],
  [0x8847, dissectMpls],
  [0x8848, dissectMpls],
  [0x8863, dissectPppoeDiscovery],
  [0x8864, dissectPppoeSession],
  [0x88a8, dissectProviderVlan],
  [0x9100, dissectVlan],
]);
/** GRE has protocols of its own beside EtherTypes, and of those only some. */
const BY_GRE_PROTOCOL = new Map<number, Dissector>([
  [0x0800, dissectIpv4],
  [0x22eb, dissectErspan],
  [0x6558, dissectEthernet],
  [0x86dd, dissectIpv6],
  [0x880b, dissectPpp],
  [0x8847, dissectMpls],
  [0x88be, dissectErspan],
]);
const BY_IP_PROTOCOL = new Map<number, Dissector>([
  [0, dissectHopByHop],
  [1, dissectIcmp],
  [2, dissectIgmp],
  [4, dissectIpv4],
  [6, dissectTcp],
  [17, dissectUdp],
  [41, dissectIpv6],
  [43, dissectRouting],
  [44, dissectFragment],
  [47, dissectGre],
  [50, dissectEsp],
  [51, dissectAh],
  [58, dissectIcmpv6],
  [60, dissectDestinationOptions],
  [97, dissectEtherIp],
  [103, dissectPim],
  [135, dissectMobility],
  [132, dissectSctp],
  [136, dissectUdpLite],
  [137, dissectMpls],
  [140, dissectShim6],
  [143, dissectEthernet],
]);
const BY_PPP_PROTOCOL = new Map<number, Dissector>([
  [0x0021, dissectIpv4],
  [0x0057, dissectIpv6],
  [0x0281, dissectMpls],
  [0x0283, dissectMpls],
]);
/** By the access point of the destination. */
const BY_LLC = new Map<number, Dissector>([[0x06, dissectIpv4]]);

export function dissectorOf(d: Dissection, step: Step): Dissector {
  return chosen(d, step) ?? dissectData;
}

function chosen(d: Dissection, step: Step): Dissector | undefined {
  switch (step.table) {
    case 'linkType':
      return BY_LINK_TYPE.get(step.key);
    case 'etherType':
      return BY_ETHER_TYPE.get(step.key);
    case 'greProtocol':
      return BY_GRE_PROTOCOL.get(step.key);
    case 'ipProtocol':
      return BY_IP_PROTOCOL.get(step.key);
    case 'tcpPayload':
      return TCP_PAYLOAD.choose(d, step);
    case 'udpPayload':
      return UDP_PAYLOAD.choose(d, step);
    case 'sctpPayload':
      return SCTP_PAYLOAD.choose(d, step);
    case 'ppp':
      return BY_PPP_PROTOCOL.get(step.key);
    case 'llc':
      return BY_LLC.get(step.key);
    case 'data':
      return undefined;
  }
}
