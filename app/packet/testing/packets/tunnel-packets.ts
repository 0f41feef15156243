// Packets in packets: GRE, VXLAN, Geneve, WireGuard and their kin.
import { ipv4InEthernet, ipv6InEthernet, type BuiltPacket } from './built.ts';
import { EtherType, ethernet, mpls, vlanTag } from './link.ts';
import { geneve, gre, ipv4, ipv6, tcp, udp, vxlan } from './network.ts';
import { hex, join, u16, u32, zeros } from './parts.ts';

const inner4 = ipv4(6, tcp(40_000, 40_002, 'hello, hop'), {
  source: '192.168.1.2',
  destination: '192.168.2.3',
});
const inner6 = ipv6(17, udp(40_000, 40_001, 'hello, hop'), { source: 'fd01::1', destination: 'fd01::2' });
const innerFrame = ethernet(EtherType.ipv4, inner4);

export function tunnelPackets(): readonly BuiltPacket[] {
  return [...grePackets(), ...udpTunnels()];
}

function grePackets(): readonly BuiltPacket[] {
  const over4 = (flags: number, type: number, options: Uint8Array, payload: Uint8Array): Uint8Array =>
    ipv4(47, gre(flags, type, options, payload));
  const none = zeros(0);
  return [
    ...ipv4InEthernet({
      'GRE, IPv4': over4(0, EtherType.ipv4, none, inner4),
      'GRE, IPv6': over4(0, EtherType.ipv6, none, inner6),
      'GRE, a key': over4(0x2000, EtherType.ipv4, hex('00000064'), inner4),
      'GRE, checksum, key and sequence': over4(
        0xb000,
        EtherType.ipv4,
        hex('1234 0000 00000064 00000001'),
        inner4,
      ),
      'GRE, a sequence': over4(0x1000, EtherType.ipv4, hex('00000001'), inner4),
      'GRE, routing': over4(0x4000, EtherType.ipv4, hex('0000 0000 0000 00 00'), inner4),
      'GRE, a bridged frame': over4(0x2000, EtherType.bridged, hex('00000064'), innerFrame),
      'GRE, a bridged frame padded': over4(0, EtherType.bridged, none, join(innerFrame, zeros(4))),
      'GRE, MPLS': over4(0, EtherType.mpls, none, mpls(16, inner4)),
      'GRE, VLAN': over4(0, EtherType.vlan, none, vlanTag(4, EtherType.ipv4, inner4)),
      'GRE, PPTP': over4(
        0x3081,
        0x880b,
        join(u16(4 + inner4.length), hex('0001 00000001 00000002 ff030021')),
        inner4,
      ),
      'GRE, PPTP, an acknowledgement': over4(0x2081, 0x880b, hex('0000 0001 00000002'), none),
      'GRE, PPTP without address and control': over4(
        0x3001,
        0x880b,
        join(u16(1 + inner4.length), hex('0001 00000001 21')),
        inner4,
      ),
      'GRE, ERSPAN I': over4(0, 0x88be, none, innerFrame),
      'GRE, ERSPAN II': over4(0x1000, 0x88be, hex('00000001 1064 0001 00000002'), innerFrame),
      'GRE, ERSPAN III': over4(0x1000, 0x22eb, hex('00000001 2064 0001 00000002 0000 0000'), innerFrame),
      'GRE, NHRP': over4(0, 0x2001, none, zeros(28)),
      'GRE, WCCP': over4(0, 0x883e, none, join(hex('00000000'), inner4)),
      'GRE, an unknown type': over4(0, 0x9999, none, join('whatever')),
      'GRE, an unknown version': over4(7, EtherType.ipv4, none, inner4),
      'GRE, keepalive': over4(0, 0, none, none),
      'GRE, OTV': over4(0x2000, 0x8847, hex('00000064'), mpls(16, innerFrame)),
    }),
    ...ipv6InEthernet({
      'GRE over IPv6': ipv6(47, gre(0, EtherType.ipv4, none, inner4)),
      'GRE over IPv6, a bridged frame': ipv6(47, gre(0, EtherType.bridged, none, innerFrame)),
    }),
  ];
}

function udpTunnels(): readonly BuiltPacket[] {
  const to = (port: number, payload: Uint8Array): Uint8Array => ipv4(17, udp(50_000, port, payload));
  const handshake = join(1, zeros(3), u32(0x11223344), zeros(140).fill(0x77));
  return [
    ...ipv4InEthernet({
      'VXLAN, IPv4': to(4789, vxlan(4096, innerFrame)),
      'VXLAN, IPv6': to(4789, vxlan(4097, ethernet(EtherType.ipv6, inner6))),
      'VXLAN, ARP padded': to(
        4789,
        vxlan(1, ethernet(EtherType.arp, join(hex('0001080006040001'), zeros(38)))),
      ),
      'VXLAN, VLAN': to(4789, vxlan(1, ethernet(EtherType.vlan, vlanTag(3, EtherType.ipv4, inner4)))),
      'VXLAN, of Linux’ old port': to(8472, vxlan(42, innerFrame)),
      'VXLAN, no VNI': to(4789, vxlan(0, innerFrame, 0)),
      'VXLAN, a group policy': to(4789, join(hex('88000001 00100000'), innerFrame)),
      'VXLAN in VXLAN': to(4789, vxlan(1, ethernet(EtherType.ipv4, to(4789, vxlan(2, innerFrame))))),
      'VXLAN GPE, IPv4': to(4790, join(hex('0c000001 00100000'), inner4)),
      'VXLAN GPE, Ethernet': to(4790, join(hex('0c000003 00100000'), innerFrame)),
      'VXLAN, nothing in it': to(4789, vxlan(5, zeros(0))),
      'Geneve, Ethernet': to(6081, geneve(77, EtherType.bridged, zeros(0), innerFrame)),
      'Geneve, IPv4': to(6081, geneve(78, EtherType.ipv4, zeros(0), inner4)),
      'Geneve, options': to(
        6081,
        geneve(79, EtherType.bridged, hex('0102 80 02 0102030405060708 0103 01 00'), innerFrame),
      ),
      'Geneve, an option beyond the header': to(
        6081,
        geneve(80, EtherType.bridged, hex('0102 80 1f'), innerFrame),
      ),
      'WireGuard, initiation': to(51_820, handshake),
      'WireGuard, response': to(51_820, join(2, zeros(3), u32(1), u32(2), zeros(80).fill(0x77))),
      'WireGuard, cookie': to(51_820, join(3, zeros(3), u32(2), zeros(56).fill(0x77))),
      'WireGuard, data': to(51_820, join(4, zeros(3), u32(2), zeros(8), zeros(48).fill(0x77))),
      'WireGuard, keepalive': to(51_820, join(4, zeros(3), u32(2), zeros(8), zeros(16).fill(0x77))),
      'WireGuard on another port': to(12_345, handshake),
      'WireGuard, a wrong length': to(51_820, join(1, zeros(3), zeros(50))),
      'GTP-U, IPv4': to(2152, join(hex('30ff'), u16(inner4.length), u32(0x1234), inner4)),
      'GTP-U, a sequence and an extension': to(
        2152,
        join(hex('36ff'), u16(inner4.length + 8), u32(0x1234), hex('0001 00 85 01 1001 00'), inner4),
      ),
      'GTP-U, echo': to(2152, hex('3201 0004 00000000 0001 0000')),
      'L2TP, PPP': to(1701, join(hex('0002 0001 0002 ff030021'), inner4)),
      'L2TP, with length and sequence': to(
        1701,
        join(hex('4802'), u16(16 + inner4.length), hex('0001 0002 0003 0004 ff030021'), inner4),
      ),
      'L2TP, control': to(1701, hex('c802 0014 0001 0000 0001 0002 8008 0000 0000 0006')),
      Teredo: to(3544, inner6),
      'CAPWAP, keepalive': to(5247, hex('0010 0220 0000 0000 0000 0000')),
      'IPsec over UDP': to(4500, join(u32(0x200), u32(9), zeros(40).fill(0x5a))),
      'IPsec over UDP, keepalive': to(4500, hex('ff')),
    }),
    ...ipv6InEthernet({
      'VXLAN over IPv6': ipv6(17, udp(50_000, 4789, vxlan(4096, innerFrame))),
      'Geneve over IPv6': ipv6(17, udp(50_000, 6081, geneve(77, EtherType.bridged, zeros(0), innerFrame))),
    }),
  ];
}
