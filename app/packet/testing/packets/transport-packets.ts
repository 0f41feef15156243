// TCP, UDP and SCTP: options of every kind, lengths that lie, what errors quote, fragments.
import { ipv4InEthernet, ipv6InEthernet, type BuiltPacket } from './built.ts';
import { icmp, icmpv6, ipv4, ipv6, sctp, sctpData, tcp, udp, type TcpFields } from './network.ts';
import { hex, ip4, join, u16, u32, zeros } from './parts.ts';

const SYN = 0x02;
const RST = 0x04;

export function transportPackets(): readonly BuiltPacket[] {
  return [...tcpPackets(), ...udpPackets(), ...sctpPackets()];
}

/** Between ports that nobody listens on, so that the payload is nobody's. */
const segment = (payload: string, fields: TcpFields = {}): Uint8Array =>
  ipv4(6, tcp(40_123, 40_321, payload, fields));

/** Options as hexadecimal digits, filled up with no-operations. */
function withOptions(options: string, flags = SYN): Uint8Array {
  const bytes = hex(options);
  const padding = zeros((4 - (bytes.length % 4)) % 4).fill(1);
  return segment('', { flags, options: join(bytes, padding) });
}

/** With another data offset, in words. */
function withOffset(words: number): Uint8Array {
  const whole = tcp(40_123, 40_321, 'twenty-one bytes here');
  whole[12] = words << 4;
  return ipv4(6, whole);
}

const six = ipv6(6, tcp(40_123, 40_321, 'hop'));

function tcpPackets(): readonly BuiltPacket[] {
  const flags = [0x000, 0x001, 0x002, 0x010, 0x011, 0x012, 0x018, 0x029, 0x0c2, 0x1ff, 0x200, 0xfff];
  const over4 = ipv4InEthernet({
    ...Object.fromEntries(
      flags.map((set) => [`TCP, flags ${set.toString(16)}`, segment('hop', { flags: set })]),
    ),
    'TCP, empty': segment(''),
    'TCP, a reset that says why': segment('too many of you', { flags: RST }),
    'TCP, options of a SYN': withOptions('020405b4 0402 080a 00000001 00000000 01 030307'),
    'TCP, timestamps': withOptions('0101 080a 00000001 00000002', 0x10),
    'TCP, SACK blocks': withOptions('0101 0512 00000001 00000002 00000005 00000009', 0x10),
    'TCP, half a SACK block': withOptions('0506 00000001', 0x10),
    'TCP, a block and a bit of SACK': withOptions('050b 00000001 00000002 09', 0x10),
    'TCP, MD5 signature': withOptions('1312 000102030405060708090a0b0c0d0e0f'),
    'TCP, user timeout': withOptions('1c04 8005'),
    'TCP, authentication': withOptions('1d10 0102 000102030405060708090a0b'),
    'TCP, fast open': withOptions('2202'),
    'TCP, fast open cookie': withOptions('220a 0001020304050607'),
    'TCP, fast open as an experiment': withOptions('fe0c f989 0001020304050607'),
    'TCP, an experiment': withOptions('fd06 1234 0102'),
    'TCP, Multipath capable': withOptions('1e0c 0081 0001020304050607'),
    'TCP, unknown option': withOptions('6304 0102'),
    'TCP, options ended early': withOptions('01 00 0102'),
    'TCP, options ended and padded': withOptions('030307 00 0000 0000'),
    'TCP, window scale beyond 14': withOptions('0303ff'),
    'TCP, MSS of the wrong length': withOptions('0203 05'),
    'TCP, an option of length 0': withOptions('0200'),
    'TCP, an option past the end': withOptions('0263'),
    'TCP, an experiment without id': withOptions('fd03 01'),
    'TCP, data offset 0': withOffset(0),
    'TCP, data offset 4': withOffset(4),
    'TCP, data offset 6': withOffset(6),
    'TCP, data offset past the segment': withOffset(15),
    'TCP, a first fragment': ipv4(6, tcp(40_123, 40_321, 'hop'), { flags: 1 }),
    'TCP, quoted': ipv4(1, icmp(3, 1, join(zeros(4), segment('hop')))),
    'TCP, quoted with options': ipv4(1, icmp(3, 1, join(zeros(4), withOptions('020405b4')))),
    'TCP, eight bytes quoted': ipv4(1, icmp(3, 1, join(zeros(4), segment('hop').subarray(0, 28)))),
    'TCP, ten bytes quoted': ipv4(1, icmp(3, 1, join(zeros(4), segment('hop').subarray(0, 30)))),
    'TCP, redirected': ipv4(1, icmp(5, 1, join(ip4('10.0.0.3'), segment('hop')))),
  });
  const over6 = ipv6InEthernet({
    'TCP, quoted over IPv6': ipv6(58, icmpv6(1, 0, join(zeros(4), six))),
    'TCP, eight bytes quoted over IPv6': ipv6(58, icmpv6(1, 0, join(zeros(4), six.subarray(0, 48)))),
    'TCP, eighteen bytes quoted over IPv6': ipv6(58, icmpv6(1, 0, join(zeros(4), six.subarray(0, 58)))),
  });
  return [...over4, ...over6];
}

/** With another length. */
function ofLength(length: number): Uint8Array {
  const whole = udp(40_123, 40_321, 'hop');
  whole.set(u16(length), 4);
  return whole;
}

function udpPackets(): readonly BuiltPacket[] {
  const lite = (coverage: number): Uint8Array => ipv4(136, ofLength(coverage));
  return [
    ...ipv4InEthernet({
      UDP: ipv4(17, udp(40_123, 40_321, 'hop')),
      'UDP, empty': ipv4(17, udp(40_123, 40_321, '')),
      'UDP, from port 0 to port 0': ipv4(17, udp(0, 0, 'hop')),
      'UDP, length 0': ipv4(17, ofLength(0)),
      'UDP, length 7': ipv4(17, ofLength(7)),
      'UDP, length 8': ipv4(17, ofLength(8)),
      'UDP, a byte too short': ipv4(17, ofLength(10)),
      'UDP, a byte too long': ipv4(17, ofLength(12)),
      'UDP, far too long': ipv4(17, ofLength(0xffff)),
      'UDP, a first fragment': ipv4(17, ofLength(100), { flags: 1 }),
      'UDP, quoted': ipv4(1, icmp(3, 3, join(zeros(4), ipv4(17, udp(40_123, 40_321, 'hop'))))),
      'UDP, quoted with length 0': ipv4(1, icmp(3, 3, join(zeros(4), ipv4(17, ofLength(0))))),
      'UDP-Lite, all covered': lite(0),
      'UDP-Lite, the header covered': lite(8),
      'UDP-Lite, coverage 4': lite(4),
      'UDP-Lite, coverage past the end': lite(100),
    }),
    ...ipv6InEthernet({
      'UDP over IPv6': ipv6(17, udp(40_123, 40_321, 'hop')),
      'UDP over IPv6, length 0': ipv6(17, ofLength(0)),
    }),
  ];
}

/** Padded to a multiple of 4 bytes, which the length does not count. */
function chunk(type: number, flags: number, value: Uint8Array): Uint8Array {
  return join(type, flags, u16(4 + value.length), value, zeros((4 - (value.length % 4)) % 4));
}

function sctpPackets(): readonly BuiltPacket[] {
  const over = (...chunks: readonly Uint8Array[]): Uint8Array =>
    ipv4(132, sctp(40_123, 40_321, join(...chunks)));
  const init = join(u32(0x1111), u32(65_536), u16(10), u16(2048), u32(77));
  const addresses = hex('0005 0008 0a000001 0006 0014 fd000000000000000000000000000001 000c 0008 0005 0006');
  const data = sctpData(hex('0102030405060708'));
  return ipv4InEthernet({
    'SCTP, no chunk': over(),
    'SCTP, DATA': over(data),
    'SCTP, DATA twice': over(data, data),
    'SCTP, I-DATA': over(chunk(64, 3, join(u32(1), u16(2), u16(0), u32(3), u32(0), 'hop'))),
    'SCTP, INIT': over(chunk(1, 0, join(init, addresses))),
    'SCTP, INIT ACK': over(chunk(2, 0, join(init, hex('0007 000a 636f6f6b6965')))),
    'SCTP, SACK': over(chunk(3, 0, join(u32(999), u32(32_768), u16(1), u16(1), u16(2), u16(3), u32(1005)))),
    'SCTP, HEARTBEAT': over(chunk(4, 0, hex('0001 000c 0000000000000001'))),
    'SCTP, ABORT by the user': over(chunk(6, 0, hex('000c 0008 627965 21'))),
    'SCTP, ERROR': over(chunk(9, 0, hex('0003 0008 00000001'))),
    'SCTP, SHUTDOWN': over(chunk(7, 0, hex('00000005'))),
    'SCTP, a handshake in one': over(chunk(10, 0, hex('63')), chunk(11, 0, zeros(0)), chunk(14, 0, zeros(0))),
    'SCTP, unknown chunk': over(chunk(99, 0, hex('01020304'))),
    'SCTP, DATA too short': over(chunk(0, 3, hex('010203'))),
    'SCTP, a chunk of length 3': over(hex('00030003')),
    'SCTP, a chunk of length 0': over(hex('00000000'), data),
    'SCTP, quoted': ipv4(1, icmp(3, 2, join(zeros(4), over(chunk(1, 0, join(init, addresses)))))),
    'SCTP over UDP': ipv4(17, udp(40_123, 9899, sctp(40_123, 40_321, data))),
  });
}
