// Links of routers and InfiniBand, and frames that hold frames.
import { under, type BuiltPacket } from './built.ts';
import { EtherType, ethernet, LinkType, mpls } from './link.ts';
import { ipv4, ipv6, routing, udp } from './network.ts';
import { hex, ip6, join, u16, zeros } from './parts.ts';

const datagram = udp(40_000, 40_001, 'hello, hop');
const packet4 = ipv4(17, datagram);
const packet6 = ipv6(17, datagram);
const frame = ethernet(EtherType.ipv4, packet4);

export function oddLinkPackets(): readonly BuiltPacket[] {
  return [
    ...under(104, {
      'Cisco HDLC, IPv4': join(hex('0f000800'), packet4),
      'Cisco HDLC, IPv6': join(hex('0f0086dd'), packet6),
      'Cisco HDLC, a keepalive': join(hex('8f008035'), zeros(18)),
    }),
    ...under(LinkType.ppp, { 'Cisco HDLC instead of PPP': join(hex('0f000800'), packet4) }),
    ...under(107, {
      'Frame Relay, IPv4': join(hex('184103cc'), packet4),
      'Frame Relay, IPv6': join(hex('1841038e'), packet6),
    }),
    ...under(242, { 'IP over InfiniBand': join(zeros(40), hex('08000000'), packet4) }),
    ...under(LinkType.ethernet, {
      'ISL of Cisco': join(
        hex('01000c0000 00 02420a000001'),
        u16(frame.length + 12),
        hex('aaaa03 00000c 0002 0000 0000'),
        frame,
      ),
      'a PIM register': ethernet(EtherType.ipv4, ipv4(103, join(hex('21000000 00000000'), packet4))),
      'a PIM hello': ethernet(EtherType.ipv4, ipv4(103, hex('20000000 00010002 0069'))),
      'Ethernet in IP': ethernet(EtherType.ipv4, ipv4(97, join(hex('3000'), frame))),
      'Ethernet behind segment routing': ethernet(
        EtherType.ipv6,
        ipv6(43, routing(143, 4, 0, join(hex('00 00 0000'), ip6('fd00::7')), frame)),
      ),
      'MPLS in UDP': ethernet(EtherType.ipv4, ipv4(17, udp(50_000, 6635, mpls(16, packet4)))),
    }),
  ];
}
