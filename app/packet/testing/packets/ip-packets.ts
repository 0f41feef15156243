// IPv4 and IPv6 with everything that their headers can say.
import { ipv4InEthernet, ipv6InEthernet, type BuiltPacket } from './built.ts';
import {
  ah,
  esp,
  extension,
  fragment,
  icmpv6,
  ipv4,
  ipv6,
  routing,
  sctp,
  sctpData,
  tcp,
  udp,
} from './network.ts';
import { hex, ip6, join, u16, u32, zeros } from './parts.ts';

const datagram = udp(40_000, 40_001, 'hello, hop');
const segment = tcp(40_000, 40_002, 'hello, hop');
const PAD_N = hex('0104 00000000');

export function ipPackets(): readonly BuiltPacket[] {
  return [...ipv4Packets(), ...ipv6Packets()];
}

function ipv4Packets(): readonly BuiltPacket[] {
  const options = (text: string): Uint8Array => ipv4(17, datagram, { options: hex(text) });
  return ipv4InEthernet({
    'IPv4, TCP': ipv4(6, segment),
    'IPv4, UDP': ipv4(17, datagram, { tos: 0xb9, flags: 0, ttl: 1 }),
    'IPv4, SCTP': ipv4(132, sctp(5000, 5001, sctpData(hex('01020304')))),
    'IPv4, IGMP 1': ipv4(2, hex('12 00 0000 e0000005')),
    'IPv4, IGMP 2': ipv4(2, hex('16 00 0000 e0000005')),
    'IPv4, IGMP 3 report': ipv4(2, hex('22 00 0000 0000 0001 04 00 0000 e00000fb')),
    'IPv4, IGMP 3 query': ipv4(2, hex('11 18 0000 e0000005 02 14 0001 0a000001')),
    'IPv4, IGMP leave': ipv4(2, hex('17 00 0000 e0000005')),
    'IPv4, a protocol unknown': ipv4(253, 'whatever'),
    'IPv4, protocol 0': ipv4(0, 'whatever'),
    'IPv4, ESP': ipv4(50, esp(zeros(40).fill(0x5a))),
    'IPv4, AH, then UDP': ipv4(51, ah(17, datagram)),
    'IPv4, more fragments': ipv4(17, datagram, { flags: 1 }),
    'IPv4, a later fragment': ipv4(17, datagram, { flags: 1, offset: 185 }),
    'IPv4, the last fragment': ipv4(6, 'the rest', { flags: 0, offset: 370 }),
    'IPv4, the evil bit': ipv4(17, datagram, { flags: 4 }),
    'IPv4, total length 0': ipv4(17, datagram, { totalLength: 0 }),
    'IPv4, total length below the header': ipv4(17, datagram, { totalLength: 10 }),
    'IPv4, total length beyond the end': ipv4(17, datagram, { totalLength: 500 }),
    'IPv4, total length cuts UDP': ipv4(17, datagram, { totalLength: 24 }),
    'IPv4, version 5': ipv4(17, datagram, { version: 5 }),
    'IPv4, version 0': ipv4(17, datagram, { version: 0 }),
    'IPv4 says version 6': ipv4(17, datagram, { version: 6 }),
    'IPv4, header of 16 bytes': ipv4(17, datagram, { headerWords: 4 }),
    'IPv4, header of 60 bytes that are not there': ipv4(17, 'x', { headerWords: 15 }),
    'IPv4, same source and destination': ipv4(17, datagram, { source: '10.0.0.2' }),
    'IPv4, no payload': ipv4(17, []),
    'IPv4, in IPv4': ipv4(4, ipv4(17, datagram, { source: '192.168.1.2', destination: '192.168.2.3' })),
    'IPv4, IPv6 in it': ipv4(41, ipv6(17, datagram)),
    'IPv4, options: end and no operation': options('01010100'),
    'IPv4, options: security': options('820b 0000 0000 0000 000000 00'),
    'IPv4, options: loose source route': options('830b 04 0a000003 0a000004 00'),
    'IPv4, options: strict source route, done': options('8907 08 0a000003 00'),
    'IPv4, options: record route': options('0713 08 0a000003 00000000 00000000 00000000 00'),
    'IPv4, options: timestamp': options('440c 05 00 00000001 00000000'),
    'IPv4, options: timestamp with addresses': options('440c 0d 01 0a000003 00000001'),
    'IPv4, options: timestamp prespecified': options('4414 05 03 0a000003 00000001 0a000004 00000002'),
    'IPv4, options: stream id': options('8804 0001'),
    'IPv4, options: router alert': options('9404 0000'),
    'IPv4, options: quick start': options('1908 0500 0000 0000'),
    'IPv4, options: commercial security': options('8608 00000001 0102'),
    'IPv4, options: MTU probe': options('0b04 05dc'),
    'IPv4, options: unknown': options('5e04 0102'),
    'IPv4, options: a length of 0': options('5e00 0102'),
    'IPv4, options: a length beyond the header': options('5e40 0102'),
  });
}

function ipv6Packets(): readonly BuiltPacket[] {
  const options = (next: number, text: string): Uint8Array => extension(next, hex(text), datagram);
  const jumbo = extension(17, join(hex('c204'), u32(8 + datagram.length)), datagram);
  const route = (type: number, left: number, rest: Uint8Array): Uint8Array =>
    ipv6(43, routing(17, type, left, rest, datagram));
  return ipv6InEthernet({
    'IPv6, TCP': ipv6(6, segment),
    'IPv6, UDP': ipv6(17, datagram, { trafficClass: 0xb9, flow: 0, hopLimit: 1 }),
    'IPv6, SCTP': ipv6(132, sctp(5000, 5001, sctpData(hex('01020304')))),
    'IPv6, nothing next': ipv6(59, 'left over'),
    'IPv6, a protocol unknown': ipv6(253, 'whatever'),
    'IPv6, version 4': ipv6(17, datagram, { version: 4 }),
    'IPv6, version 7': ipv6(17, datagram, { version: 7 }),
    'IPv6, length 0': ipv6(17, datagram, { payloadLength: 0 }),
    'IPv6, length beyond the end': ipv6(17, datagram, { payloadLength: 900 }),
    'IPv6, length cuts UDP': ipv6(17, datagram, { payloadLength: 4 }),
    'IPv6, a mapped address': ipv6(17, datagram, { source: '::ffff:a00:1', destination: '64:ff9b::a00:2' }),
    'IPv6, addresses of 6to4 and Teredo': ipv6(17, datagram, {
      source: '2002:a00:1::1',
      destination: '2001:0:a00:1:8000:63bf:f5ff:fffe',
    }),
    'IPv6, addresses that hold a MAC': ipv6(17, datagram, {
      source: 'fe80::42:aff:fe00:1',
      destination: 'fe80::5efe:a00:2',
    }),
    'IPv6, IPv4 in it': ipv6(4, ipv4(17, datagram)),
    'IPv6, in IPv6': ipv6(41, ipv6(17, datagram, { source: 'fd01::1', destination: 'fd01::2' })),
    'IPv6, hop by hop: padding': ipv6(0, options(17, '0104 00000000')),
    'IPv6, hop by hop: router alert': ipv6(0, options(17, '0502 0000 0100')),
    'IPv6, hop by hop: jumbogram': ipv6(0, jumbo, { payloadLength: 0 }),
    'IPv6, hop by hop: unknown': ipv6(0, options(17, 'fe04 01020304')),
    'IPv6, hop by hop: quick start and calipso': ipv6(
      0,
      options(17, '2606 050000000000 0708 00000001 00000000 0102 0000'),
    ),
    'IPv6, hop by hop: a length beyond it': ipv6(0, options(17, '0540 0000 0100')),
    'IPv6, hop by hop beyond the packet': ipv6(0, join(17, 40, PAD_N, datagram)),
    'IPv6, destination: tunnel limit': ipv6(60, options(17, '0401 04 010100')),
    'IPv6, destination: home address': ipv6(
      60,
      extension(17, join(hex('0102 0000 c910'), ip6('fd00::9')), datagram),
    ),
    'IPv6, hop by hop, destination, routing': ipv6(
      0,
      extension(60, PAD_N, extension(43, PAD_N, routing(17, 0, 1, join(u32(0), ip6('fd00::7')), datagram))),
    ),
    'IPv6, routing type 0': route(0, 1, join(u32(0), ip6('fd00::7'))),
    'IPv6, routing type 0, none left': route(0, 0, join(u32(0), ip6('fd00::7'), ip6('fd00::8'))),
    'IPv6, routing type 2': route(2, 1, join(u32(0), ip6('fd00::7'))),
    'IPv6, routing type 3': route(3, 1, join(u32(0x88000000), zeros(7), 7)),
    'IPv6, segment routing': route(4, 1, join(hex('01 00 0000'), ip6('fd00::7'), ip6('fd00::8'))),
    'IPv6, routing of an unknown type': route(200, 1, zeros(4)),
    'IPv6, the first fragment': ipv6(44, fragment(17, 0, true, datagram)),
    'IPv6, a later fragment': ipv6(44, fragment(17, 181, true, 'more of it')),
    'IPv6, the last fragment': ipv6(44, fragment(6, 362, false, 'the rest')),
    'IPv6, an atomic fragment': ipv6(44, fragment(17, 0, false, datagram)),
    'IPv6, a fragment with a destination header': ipv6(
      60,
      extension(44, PAD_N, fragment(17, 0, true, datagram)),
    ),
    'IPv6, AH': ipv6(51, ah(17, datagram)),
    'IPv6, ESP': ipv6(50, esp(zeros(40).fill(0x5a))),
    'IPv6, mobility: binding update': ipv6(
      135,
      join(59, 1, 5, 0, u16(0), u16(1), u16(0xc000), u16(60), hex('0102 0000')),
    ),
    'IPv6, mobility: refresh request': ipv6(135, join(59, 0, 0, 0, u16(0), u16(0))),
    'IPv6, host identity': ipv6(139, join(hex('3b0401110000 0000'), zeros(32))),
    'IPv6, shim6': ipv6(140, join(17, 0, hex('80000000 0001'), datagram)),
    'IPv6, ICMPv6 after a fragment header': ipv6(
      44,
      fragment(58, 0, false, icmpv6(128, 0, hex('00010002 6162'))),
    ),
  });
}
