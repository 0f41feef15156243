// ICMP, ICMPv6, neighbour discovery and multicast listeners: every type, and packets that errors quote.
import { ipv4InEthernet, ipv6InEthernet, type BuiltPacket } from './built.ts';
import { icmp, icmpv6, ipv4, ipv6, tcp, udp, type Ipv6Fields } from './network.ts';
import { hex, ip4, ip6, join, u16, u32, zeros } from './parts.ts';

const quotedUdp = ipv4(17, udp(40_000, 40_001, 'hello, hop'), {
  source: '10.0.0.2',
  destination: '10.0.0.9',
});
const quotedTcp = ipv4(6, tcp(40_000, 40_002, 'hello, hop'), { source: '10.0.0.2', destination: '10.0.0.9' });
const quoted6 = ipv6(6, tcp(40_000, 40_002, 'hello, hop'), { source: 'fd00::2', destination: 'fd00::9' });

export function icmpPackets(): readonly BuiltPacket[] {
  return [...icmp4Packets(), ...icmp6Packets(), ...discovery(), ...listeners()];
}

function icmp4Packets(): readonly BuiltPacket[] {
  const unreachable = Object.fromEntries(
    Array.from({ length: 17 }, (_, code) => [
      `ICMP, unreachable, code ${code}`,
      ipv4(1, icmp(3, code, join(zeros(4), quotedUdp))),
    ]),
  );
  const extended = join(
    zeros(1),
    32,
    zeros(2),
    quotedUdp.slice(0, 28),
    zeros(128 - 28),
    hex('2000 0000 0008 0101 00010140'),
  );
  return ipv4InEthernet({
    'ICMP, echo': ipv4(1, icmp(8, 0, join(u16(7), u16(1), zeros(56).fill(0x61)))),
    'ICMP, echo reply': ipv4(1, icmp(0, 0, join(u16(7), u16(1), zeros(56).fill(0x61)))),
    'ICMP, echo with a time': ipv4(
      1,
      icmp(8, 0, join(u16(7), u16(1), hex('80f1546500000000 3930000000000000'), zeros(40))),
    ),
    ...unreachable,
    'ICMP, fragmentation needed': ipv4(1, icmp(3, 4, join(u16(0), u16(1400), quotedTcp))),
    'ICMP, unreachable, 8 bytes of TCP': ipv4(1, icmp(3, 1, join(zeros(4), quotedTcp.slice(0, 28)))),
    'ICMP, unreachable, an IP header alone': ipv4(1, icmp(3, 1, join(zeros(4), quotedTcp.slice(0, 20)))),
    'ICMP, unreachable, half an IP header': ipv4(1, icmp(3, 1, join(zeros(4), quotedTcp.slice(0, 11)))),
    'ICMP, unreachable, nothing quoted': ipv4(1, icmp(3, 1, zeros(4))),
    'ICMP, unreachable, with extensions': ipv4(1, icmp(3, 1, extended)),
    'ICMP, unreachable, quotes a fragment': ipv4(
      1,
      icmp(3, 1, join(zeros(4), ipv4(17, 'the rest of it', { flags: 0, offset: 100 }))),
    ),
    'ICMP, unreachable, quotes ICMP': ipv4(
      1,
      icmp(3, 1, join(zeros(4), ipv4(1, icmp(8, 0, join(u16(7), u16(1), 'abcdefgh'))))),
    ),
    'ICMP, unreachable, quotes an error': ipv4(
      1,
      icmp(3, 1, join(zeros(4), ipv4(1, icmp(3, 3, join(zeros(4), quotedUdp))))),
    ),
    'ICMP, unreachable, quotes a tunnel': ipv4(1, icmp(3, 1, join(zeros(4), ipv4(4, quotedUdp)))),
    'ICMP, source quench': ipv4(1, icmp(4, 0, join(zeros(4), quotedUdp))),
    'ICMP, redirect': ipv4(1, icmp(5, 1, join(ip4('10.0.0.254'), quotedUdp))),
    'ICMP, redirect of TCP': ipv4(1, icmp(5, 1, join(ip4('10.0.0.254'), quotedTcp))),
    'ICMP, router advertisement': ipv4(1, icmp(9, 0, join(1, 2, u16(1800), ip4('10.0.0.1'), u32(0)))),
    'ICMP, router solicitation': ipv4(1, icmp(10, 0, zeros(4))),
    'ICMP, time exceeded': ipv4(1, icmp(11, 0, join(zeros(4), quotedTcp))),
    'ICMP, time exceeded, reassembly': ipv4(1, icmp(11, 1, join(zeros(4), quotedUdp))),
    'ICMP, time exceeded, with labels': ipv4(1, icmp(11, 0, extended)),
    'ICMP, parameter problem': ipv4(1, icmp(12, 0, join(9, zeros(3), quotedUdp))),
    'ICMP, timestamp': ipv4(1, icmp(13, 0, join(u16(7), u16(1), u32(1000), u32(0), u32(0)))),
    'ICMP, timestamp reply': ipv4(1, icmp(14, 0, join(u16(7), u16(1), u32(1000), u32(1001), u32(1002)))),
    'ICMP, information': ipv4(1, icmp(15, 0, join(u16(7), u16(1)))),
    'ICMP, address mask': ipv4(1, icmp(17, 0, join(u16(7), u16(1), u32(0)))),
    'ICMP, address mask reply': ipv4(1, icmp(18, 0, join(u16(7), u16(1), ip4('255.255.255.0')))),
    'ICMP, traceroute': ipv4(1, icmp(30, 0, zeros(16))),
    'ICMP, photuris': ipv4(1, icmp(40, 2, zeros(8))),
    'ICMP, extended echo': ipv4(1, icmp(42, 0, join(u16(7), 1, 1, hex('2000 0000 0008 0301 65746830')))),
    'ICMP, extended echo reply': ipv4(1, icmp(43, 0, join(u16(7), 1, 0x44))),
    'ICMP, an unknown type': ipv4(1, icmp(99, 3, 'whatever')),
  });
}

function icmp6Packets(): readonly BuiltPacket[] {
  const message = (type: number, code: number, rest: Uint8Array): Uint8Array =>
    ipv6(58, icmpv6(type, code, rest));
  const unreachable = Object.fromEntries(
    Array.from({ length: 9 }, (_, code) => [
      `ICMPv6, unreachable, code ${code}`,
      message(1, code, join(zeros(4), quoted6)),
    ]),
  );
  return ipv6InEthernet({
    'ICMPv6, echo': message(128, 0, join(u16(7), u16(1), zeros(56).fill(0x61))),
    'ICMPv6, echo reply': message(129, 0, join(u16(7), u16(1), zeros(56).fill(0x61))),
    ...unreachable,
    'ICMPv6, unreachable, half a header quoted': message(1, 0, join(zeros(4), quoted6.slice(0, 23))),
    'ICMPv6, too big': message(2, 0, join(u32(1400), quoted6)),
    'ICMPv6, time exceeded': message(3, 0, join(zeros(4), quoted6)),
    'ICMPv6, parameter problem': message(4, 1, join(u32(6), quoted6)),
    'ICMPv6, node information query': message(
      139,
      0,
      join(hex('0002 0000 0102030405060708'), ip6('fd00::2')),
    ),
    'ICMPv6, inverse solicitation': message(141, 0, join(u32(0), hex('0101 02420a000001'))),
    'ICMPv6, home agent request': message(144, 0, join(u16(7), u16(0))),
    'ICMPv6, mobile prefix': message(146, 0, join(u16(7), u16(0))),
    'ICMPv6, router renumbering': message(138, 0, join(u32(1), hex('0000 000a 00000000'))),
    'ICMPv6, RPL': message(155, 1, join(hex('1e 00 0100 88 00 00 00'), ip6('fd00::1'))),
    'ICMPv6, extended echo': message(160, 0, join(u16(7), 1, 1, hex('2000 0000 0008 0301 65746830'))),
    'ICMPv6, an unknown type': message(250, 3, hex('01020304')),
  });
}

function discovery(): readonly BuiltPacket[] {
  const local: Ipv6Fields = { hopLimit: 255, source: 'fe80::1', destination: 'ff02::1' };
  const message = (type: number, rest: Uint8Array): Uint8Array =>
    ipv6(58, icmpv6(type, 0, rest, local), local);
  const sourceAddress = hex('0101 02420a000001');
  const targetAddress = hex('0201 02420a000002');
  const prefix = join(hex('0304 40 c0'), u32(86_400), u32(14_400), u32(0), ip6('fd00::'));
  return ipv6InEthernet({
    'NDP, router solicitation': message(133, join(u32(0), sourceAddress)),
    'NDP, router solicitation without options': message(133, join(u32(0))),
    'NDP, router advertisement': message(
      134,
      join(
        ...[64, 0xc8, u16(1800), u32(30_000), u32(1000), sourceAddress, prefix, hex('0501 0000'), u32(1500)],
        ...[hex('1903 0000'), u32(600), ip6('fd00::53')],
        ...[hex('1f02 0000'), u32(600), hex('03 6c6162 00 000000')],
        ...[hex('1802 30 08'), u32(600), ip6('fd00:1:2::').slice(0, 8)],
        ...[hex('0701 0000'), u32(3000), hex('0801 0000 0001 0258')],
      ),
    ),
    'NDP, neighbour solicitation': message(135, join(u32(0), ip6('fd00::2'), sourceAddress)),
    'NDP, neighbour solicitation for detection': message(
      135,
      join(u32(0), ip6('fd00::2'), hex('0e01 010203040506')),
    ),
    'NDP, neighbour advertisement': message(136, join(u32(0xe0000000), ip6('fd00::2'), targetAddress)),
    'NDP, redirect': message(
      137,
      join(
        u32(0),
        ip6('fe80::9'),
        ip6('fd00::7'),
        targetAddress,
        hex('040c 0000 00000000'),
        quoted6.slice(0, 88),
      ),
    ),
    'NDP, an option of length 0': message(135, join(u32(0), ip6('fd00::2'), hex('0100 02420a000001'))),
    'NDP, an option beyond the end': message(135, join(u32(0), ip6('fd00::2'), hex('0109 02420a000001'))),
    'NDP, an unknown option': message(135, join(u32(0), ip6('fd00::2'), hex('fa01 010203040506'))),
  });
}

function listeners(): readonly BuiltPacket[] {
  const local: Ipv6Fields = { hopLimit: 1, source: 'fe80::1', destination: 'ff02::16' };
  const message = (type: number, rest: Uint8Array): Uint8Array =>
    ipv6(58, icmpv6(type, 0, rest, local), local);
  const group = ip6('ff02::fb');
  return ipv6InEthernet({
    'MLD, query': message(130, join(u16(1000), u16(0), zeros(16))),
    'MLD, query of version 2': message(130, join(u16(1000), u16(0), group, hex('027d 0001'), ip6('fd00::1'))),
    'MLD, report': message(131, join(u16(0), u16(0), group)),
    'MLD, done': message(132, join(u16(0), u16(0), group)),
    'MLD, report of version 2': message(
      143,
      join(u16(0), u16(2), hex('0400 0000'), group, hex('0300 0001'), group, ip6('fd00::1')),
    ),
    'MLD, more records than there are': message(143, join(u16(0), u16(2000), hex('0400 0000'), group)),
  });
}
