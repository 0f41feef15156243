// DHCP of both versions: options by name, relays, and lengths that lie.
import { ipv4InEthernet, ipv6InEthernet, type BuiltPacket } from './built.ts';
import { ipv4, ipv6, udp } from './network.ts';
import { hex, ip4, ip6, join, u16, u32, zeros, type Part } from './parts.ts';

interface Bootp {
  readonly direction?: number;
  readonly hardware?: readonly [type: number, length: number];
  readonly server?: string;
  readonly cookie?: string;
}

function bootp(options: Uint8Array, fields: Bootp = {}): Uint8Array {
  const { direction = 1, hardware = [1, 6], server = '', cookie = '63825363' } = fields;
  const message = join(
    ...[direction, ...hardware, 0, u32(0x12345678), u16(3), u16(0x8000)],
    ...[ip4('0.0.0.0'), ip4('10.0.0.9'), ip4('10.0.0.3'), ip4('10.0.0.4')],
    ...[hex('02000000000a'), zeros(10), server, zeros(64 - server.length), zeros(128)],
    ...[hex(cookie), options],
  );
  return ipv4(17, udp(direction === 1 ? 68 : 67, direction === 1 ? 67 : 68, message));
}

const option = (code: number, value: Part): Uint8Array => {
  const bytes = join(value);
  return join(code, bytes.length, bytes);
};
const END = hex('ff');

const offer = join(
  ...[option(53, 2), option(54, ip4('10.0.0.3')), option(51, u32(3600)), option(58, u32(1800))],
  ...[option(59, u32(3150)), option(1, ip4('255.255.255.0')), option(3, ip4('10.0.0.1'))],
  ...[option(6, join(ip4('10.0.0.2'), ip4('10.0.0.3'))), option(15, 'example.org'), option(26, u16(1440))],
  ...[option(28, ip4('10.0.0.255')), option(42, ip4('10.0.0.5')), END],
);
const discover = join(
  ...[option(53, 1), option(61, hex('01 02000000000a')), option(12, 'worker-1'), option(57, u16(1500))],
  ...[option(60, 'udhcp'), option(50, ip4('10.0.0.9')), option(55, hex('01 03 06 0c 0f')), END, zeros(5)],
);

const six = (...message: readonly Part[]): Uint8Array => ipv6(17, udp(546, 547, join(...message)));
const option6 = (code: number, value: Uint8Array): Uint8Array => join(u16(code), u16(value.length), value);
const solicit = join(
  ...[1, hex('90b45c'), option6(1, hex('0003 0001 020000000001')), option6(6, hex('0017 0018'))],
  ...[option6(8, hex('0000')), option6(3, join(u32(5), u32(3600), u32(5400)))],
);

export function dhcpPackets(): readonly BuiltPacket[] {
  return [
    ...ipv4InEthernet({
      'DHCP, Discover': bootp(discover),
      'DHCP, Offer': bootp(offer, { direction: 2, server: 'boot.example.org' }),
      'DHCP, NAK with a message': bootp(join(option(53, 6), option(56, 'no such subnet'), END), {
        direction: 2,
      }),
      'DHCP, padding between': bootp(join(option(53, 3), zeros(3), option(12, ''), END)),
      'DHCP, an option past the end': bootp(join(option(53, 1), hex('0cc8'), 'hop')),
      'DHCP, lengths that no value has': bootp(join(option(1, hex('0102')), option(3, hex('010203')), END)),
      'DHCP, no end': bootp(option(53, 8)),
      'DHCP, a relay': bootp(join(option(53, 1), option(82, hex('0104 61626364')), END)),
      'BOOTP, another hardware': bootp(END, { hardware: [32, 16] }),
      'BOOTP, no hardware address': bootp(END, { hardware: [1, 0] }),
      'BOOTP, another cookie': bootp(zeros(8), { cookie: '01020304' }),
    }),
    ...ipv6InEthernet({
      'DHCPv6, Solicit': six(solicit),
      'DHCPv6, Reply': six(
        ...[7, hex('90b45c'), option6(2, hex('0003 0001 020000000002')), option6(23, ip6('fd00::53'))],
        option6(3, join(u32(5), u32(60), u32(90), option6(5, join(ip6('fd00::9'), u32(120), u32(180))))),
      ),
      'DHCPv6, relayed': six(12, 1, ip6('fd00::1'), ip6('fe80::2'), option6(9, solicit)),
      'DHCPv6, relayed in vain': six(12, 1, ip6('fd00::1'), ip6('fe80::2'), option6(9, zeros(0))),
      'DHCPv6, an option past the end': six(1, hex('90b45c'), u16(1), u16(500), 'hop'),
    }),
  ];
}

/** So many relays, each in the next: more than a reader should follow. */
export function relayedOften(times: number): Uint8Array {
  let message = solicit;
  for (let index = 0; index < times; index += 1)
    message = join(12, 1, ip6('fd00::1'), ip6('fe80::2'), option6(9, message));
  return six(message);
}
