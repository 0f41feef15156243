// A packet of every link type, and of everything that lies between a link and IP.
import { under, type BuiltPacket } from './built.ts';
import {
  arp,
  EtherType,
  ethernet,
  ieee8023,
  LinkType,
  llc,
  mpls,
  pppoeDiscovery,
  pppoeSession,
  sll,
  sll2,
  snap,
  vlanTag,
} from './link.ts';
import { ipv4, ipv6, udp } from './network.ts';
import { hex, ip4, join, u16, u32, zeros } from './parts.ts';

const datagram = udp(40_000, 40_001, 'hello, hop');
const packet4 = ipv4(17, datagram);
const packet6 = ipv6(17, datagram);
const who = arp({ addresses: join(hex('02420a000001'), ip4('10.0.0.1'), zeros(6), ip4('10.0.0.2')) });

export function linkPackets(): readonly BuiltPacket[] {
  return [...ethernetPackets(), ...arpPackets(), ...cookedPackets(), ...bareLinks(), ...pppPackets()];
}

function ethernetPackets(): readonly BuiltPacket[] {
  return under(LinkType.ethernet, {
    'Ethernet, IPv4': ethernet(EtherType.ipv4, packet4),
    'Ethernet, IPv6': ethernet(EtherType.ipv6, packet6),
    'Ethernet, padded to 60 bytes': ethernet(EtherType.ipv4, join(ipv4(17, udp(1, 2, 'x')), zeros(17))),
    'Ethernet, a trailer that is not zero': ethernet(EtherType.ipv4, join(packet4, hex('deadbeef01'))),
    'Ethernet, a frame check sequence': ethernet(EtherType.ipv4, join(packet4, hex('01020304'))),
    'Ethernet, an unknown type': ethernet(0x9999, 'whatever this is'),
    'Ethernet, a multicast address': ethernet(EtherType.ipv6, packet6, { destination: hex('333300000001') }),
    'Ethernet, type between length and type': ethernet(1501, packet4),
    'Ethernet, LLDP': ethernet(0x88cc, hex('020704001122334455 040305 6530 06020078 0000')),
    'Ethernet, loopback test': ethernet(0x9000, zeros(46)),
    '802.3, spanning tree': ieee8023(llc(0x42, 0x42, 3, zeros(35)), zeros(8)),
    '802.3, SNAP with IPv4': ieee8023(snap(0, EtherType.ipv4, packet4)),
    '802.3, SNAP with ARP': ieee8023(snap(0, EtherType.arp, who), zeros(3)),
    '802.3, SNAP of Cisco': ieee8023(snap(0x00000c, 0x2000, hex('02b4 0000 0001 0008 61626364'))),
    '802.3, SNAP of a bridge': ieee8023(snap(0x0080c2, 7, ethernet(EtherType.ipv4, packet4))),
    '802.3, IPv4 by its access point': ieee8023(llc(6, 6, 3, packet4)),
    '802.3, IPX': ieee8023(llc(0xe0, 0xe0, 3, zeros(30))),
    '802.3, raw IPX': ieee8023(join(hex('ffff'), zeros(30))),
    '802.3, IS-IS': ieee8023(llc(0xfe, 0xfe, 3, hex('83 1b 01 00 0f 01 00 00'))),
    '802.3, an information frame': ieee8023(llc(4, 4, hex('0002'), 'abcd')),
    '802.3, a supervisory frame': ieee8023(llc(4, 5, hex('0103'), [])),
    '802.3, no payload': ieee8023(zeros(0), zeros(46)),
    '802.3, a length beyond the end': join(
      ieee8023(zeros(0)).subarray(0, 12),
      u16(200),
      hex('424203'),
      zeros(35),
    ),
    VLAN: ethernet(EtherType.vlan, vlanTag(100, EtherType.ipv4, packet4, 5)),
    'VLAN in VLAN': ethernet(
      EtherType.vlan,
      vlanTag(100, EtherType.vlan, vlanTag(200, EtherType.ipv6, packet6)),
    ),
    'VLAN in a provider’s': ethernet(
      EtherType.provider,
      vlanTag(7, EtherType.vlan, vlanTag(8, EtherType.ipv4, packet4)),
    ),
    'a provider’s VLAN alone': ethernet(EtherType.provider, vlanTag(7, EtherType.ipv4, packet4)),
    'VLAN of type 0x9100': ethernet(
      EtherType.stacked,
      vlanTag(9, EtherType.vlan, vlanTag(10, EtherType.ipv4, packet4)),
    ),
    'three VLANs, then ARP': ethernet(
      EtherType.vlan,
      vlanTag(1, EtherType.vlan, vlanTag(2, EtherType.vlan, vlanTag(3, EtherType.arp, who))),
    ),
    'VLAN with 802.3': ethernet(EtherType.vlan, vlanTag(5, 38, llc(0x42, 0x42, 3, zeros(35)))),
    'VLAN padded': ethernet(EtherType.vlan, vlanTag(6, EtherType.arp, join(who, zeros(14)))),
    'MPLS with IPv4': ethernet(EtherType.mpls, mpls(16, packet4)),
    'MPLS, two labels, IPv6': ethernet(EtherType.mpls, mpls(16, mpls(17, packet6), false)),
    'MPLS, explicit null': ethernet(EtherType.mpls, mpls(0, packet4)),
    'MPLS, a pseudowire with Ethernet': ethernet(
      EtherType.mpls,
      mpls(18, join(u32(0), ethernet(EtherType.ipv4, packet4))),
    ),
    'MPLS, neither': ethernet(EtherType.mpls, mpls(19, hex('9999999999'))),
    'MPLS of multicast': ethernet(0x8848, mpls(16, packet4)),
  });
}

function arpPackets(): readonly BuiltPacket[] {
  const one = hex('02420a000001');
  const two = hex('02420a000002');
  const reply = join(one, ip4('10.0.0.1'), two, ip4('10.0.0.2'));
  const packets = {
    'ARP, request': who,
    'ARP, reply': arp({ opcode: 2, addresses: reply }),
    'ARP, announcement': arp({ addresses: join(one, ip4('10.0.0.1'), zeros(6), ip4('10.0.0.1')) }),
    'ARP, probe': arp({ addresses: join(one, ip4('0.0.0.0'), zeros(6), ip4('10.0.0.1')) }),
    'ARP, reverse request': arp({ opcode: 3, addresses: reply }),
    'ARP, inverse request': arp({ opcode: 8, addresses: reply }),
    'ARP, an unknown operation': arp({ opcode: 77, addresses: reply }),
    'ARP, hardware of 8 bytes': arp({ hardware: 24, sizes: [8, 4], addresses: zeros(24).fill(7) }),
    'ARP, no addresses': arp({ sizes: [0, 0], addresses: [] }),
    'ARP, addresses longer than it': arp({ sizes: [255, 255], addresses: reply }),
    'ARP for IPv6': arp({ protocol: EtherType.ipv6, sizes: [6, 16], addresses: zeros(44).fill(9) }),
    'ARP, hardware of 802': arp({ hardware: 6, addresses: reply }),
    'ARP of Frame Relay': arp({ hardware: 15, sizes: [2, 4], addresses: zeros(12).fill(3) }),
    'ARP of ATM': arp({ hardware: 19, sizes: [20, 0], addresses: zeros(40).fill(5) }),
    'ARP, protocol unknown': arp({ protocol: 0x1234, addresses: reply }),
  };
  return under(
    LinkType.ethernet,
    Object.fromEntries(
      Object.entries(packets).map(([name, bytes]) => [name, ethernet(EtherType.arp, bytes)]),
    ),
  );
}

function cookedPackets(): readonly BuiltPacket[] {
  return [
    ...under(LinkType.linuxSll, {
      'SLL, IPv4': sll(EtherType.ipv4, packet4),
      'SLL, IPv6, outgoing': sll(EtherType.ipv6, packet6, { packetType: 4 }),
      'SLL, ARP, broadcast': sll(EtherType.arp, who, { packetType: 1 }),
      'SLL, padded': sll(EtherType.arp, join(who, zeros(18))),
      'SLL, VLAN': sll(EtherType.vlan, vlanTag(12, EtherType.ipv4, packet4)),
      'SLL, loopback': sll(EtherType.ipv4, packet4, { hardware: 772 }),
      'SLL, an address of 4 bytes': sll(EtherType.ipv4, packet4, { hardware: 768, length: 4 }),
      'SLL, an address of 20 bytes': sll(EtherType.ipv4, packet4, { hardware: 32, length: 20 }),
      'SLL, no address': sll(EtherType.ipv4, packet4, { hardware: 65534, length: 0 }),
      'SLL, 802.2': sll(4, llc(0x42, 0x42, 3, zeros(35))),
      'SLL, 802.3 of Novell': sll(1, join(hex('ffff'), zeros(28))),
      'SLL, GRE device': sll(EtherType.ipv4, packet4, { hardware: 778, length: 4 }),
      'SLL, netlink': sll(0, zeros(16), { hardware: 824 }),
      'SLL, CAN': sll(12, zeros(16), { hardware: 280 }),
      'SLL, an unknown type': sll(0x9999, 'whatever'),
      'SLL, an unknown packet type': sll(EtherType.ipv4, packet4, { packetType: 9 }),
    }),
    ...under(LinkType.linuxSll2, {
      'SLL2, IPv4': sll2(EtherType.ipv4, packet4),
      'SLL2, IPv6, outgoing': sll2(EtherType.ipv6, packet6, { packetType: 4, ifindex: 70_000 }),
      'SLL2, ARP, to another host': sll2(EtherType.arp, who, { packetType: 3 }),
      'SLL2, VLAN': sll2(EtherType.vlan, vlanTag(12, EtherType.ipv6, packet6)),
      'SLL2, a tunnel device': sll2(EtherType.ipv4, packet4, { hardware: 768, length: 4 }),
      'SLL2, no address': sll2(EtherType.ipv4, packet4, { hardware: 65534, length: 0 }),
      'SLL2, 802.2': sll2(4, llc(0x42, 0x42, 3, zeros(35))),
      'SLL2, an address of 20 bytes': sll2(EtherType.ipv6, packet6, { hardware: 32, length: 20 }),
      'SLL2, GRE device': sll2(EtherType.ipv4, packet4, { hardware: 778, length: 4 }),
    }),
  ];
}

/** A word in the byte order of the machine that captured, here that of little ones. */
const little = (value: number): Uint8Array => Uint8Array.from(u32(value)).reverse();

function bareLinks(): readonly BuiltPacket[] {
  return [
    ...under(LinkType.null, {
      'NULL, IPv4': join(little(2), packet4),
      'NULL, IPv4, big-endian': join(u32(2), packet4),
      'NULL, IPv6 of macOS': join(little(30), packet6),
      'NULL, IPv6 of FreeBSD': join(little(28), packet6),
      'NULL, IPv6 of NetBSD': join(u32(24), packet6),
      'NULL, IPv6 of Linux': join(little(10), packet6),
      'NULL, a family unknown': join(little(99), 'whatever'),
      'NULL, an EtherType': join(u32(0x0800), packet4),
      'NULL, PPP': join(hex('ff030021'), packet4),
    }),
    ...under(LinkType.loop, {
      'LOOP, IPv4': join(u32(2), packet4),
      'LOOP, IPv6': join(u32(24), packet6),
      'LOOP, a family unknown': join(u32(99), 'whatever'),
      'LOOP, little-endian': join(little(2), packet4),
    }),
    ...[LinkType.raw, 12, 14].flatMap((linkType) =>
      under(linkType, {
        [`raw ${linkType}, IPv4`]: packet4,
        [`raw ${linkType}, IPv6`]: packet6,
        [`raw ${linkType}, neither`]: hex('99 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13'),
        [`raw ${linkType}, PPP`]: join(hex('ff030021'), packet4),
      }),
    ),
    ...under(LinkType.ipv4, { 'bare IPv4': packet4, 'bare IPv4 that is IPv6': packet6 }),
    ...under(LinkType.ipv6, { 'bare IPv6': packet6, 'bare IPv6 that is IPv4': packet4 }),
    ...under(147, { 'a link type that nobody reads': packet4 }),
  ];
}

function pppPackets(): readonly BuiltPacket[] {
  return [
    ...under(LinkType.ppp, {
      'PPP, IPv4': join(hex('ff030021'), packet4),
      'PPP without address, IPv6': join(hex('0057'), packet6),
      'PPP, a protocol of one byte': join(hex('21'), packet4),
      'PPP, LCP': hex('ff03 c021 01 01 000e 010405dc 0506 01020304'),
      'PPP, IPCP': hex('ff03 8021 01 02 000a 0306 0a000001'),
      'PPP, MPLS': join(hex('0281'), mpls(16, packet4)),
      'PPP, unknown': join(hex('ff034321'), 'whatever'),
    }),
    ...under(50, { 'PPP in HDLC framing, IPv4': join(hex('ff030021'), packet4) }),
    ...under(51, { 'PPPoE as a link type': pppoeSession(0x21, packet4) }),
    ...under(LinkType.ethernet, {
      'PPPoE, IPv4': ethernet(EtherType.pppoeSession, pppoeSession(0x21, packet4)),
      'PPPoE, IPv6, padded': ethernet(EtherType.pppoeSession, join(pppoeSession(0x57, packet6), zeros(6))),
      'PPPoE, LCP': ethernet(EtherType.pppoeSession, pppoeSession(0xc021, hex('09 01 0008 00000000'))),
      'PPPoE, discovery': ethernet(
        EtherType.pppoeDiscovery,
        pppoeDiscovery(9, hex('0101 0000 0103 0004 01020304 0000 0000')),
      ),
    }),
  ];
}
