// For tests on the real kernel: packets through the router, how each is said to end, and which counters tell it (FIELD-NOTES §7).
import { EtherType, ethernet } from '../../packet/testing/packets/link.ts';
import { ipv4, ipv6, udp, type Ipv4Fields, type Ipv6Fields } from '../../packet/testing/packets/network.ts';
import { mac, zeros } from '../../packet/testing/packets/parts.ts';
import type { TracedPacket } from '../packet.ts';
import { packetOf } from './packet-of.ts';
import { NOTHING, route, rules, sysctl, type Change } from './real-changes.ts';
import { ROUTER_MACS, WITH_IPV6, type RealCase } from './real-router.ts';

const frame4 = (fields: Ipv4Fields, size = 30, to: string = ROUTER_MACS.r0): Uint8Array =>
  ethernet(
    EtherType.ipv4,
    ipv4(17, udp(4000, 9999, zeros(size)).fill(0, 6, 8), {
      source: '10.0.0.2',
      destination: '10.0.1.2',
      ...fields,
    }),
    {
      destination: mac(to),
      source: mac(ROUTER_MACS.sender),
    },
  );

export interface PacketCase extends RealCase {
  readonly packet: TracedPacket;
  readonly ends: string;
}

const packetCase = (
  name: string,
  ends: string,
  [setUp, undo]: Change,
  { source = '10.0.0.2', destination = '10.0.1.2', ttl = 64, flags = 2, size = 30, to = ROUTER_MACS.r0 } = {},
): PacketCase => ({
  name,
  family: 4,
  ends,
  setUp,
  undo,
  frame: frame4({ source, destination, ttl, flags }, size, to),
  packet: packetOf(`udp ${source}:4000 → ${destination}:9999`, {
    ttl,
    length: 28 + size,
    dontFragment: flags === 2,
    toMac: to,
  }),
});

export const PACKETS: readonly PacketCase[] = [
  packetCase('a straight way', 'leaves r1', NOTHING),
  packetCase('no route', 'rejected no-route', NOTHING, { destination: '9.9.9.9' }),
  packetCase('a blackhole', 'dropped blackhole', route('blackhole 10.5.0.0/16'), { destination: '10.5.0.1' }),
  packetCase('an unreachable route', 'rejected unreachable', route('unreachable 10.5.0.0/16'), {
    destination: '10.5.0.1',
  }),
  packetCase('a prohibited route', 'rejected prohibit', route('prohibit 10.5.0.0/16'), {
    destination: '10.5.0.1',
  }),
  packetCase('strict reverse path', 'dropped reverse-path', sysctl('ipv4/conf/r0/rp_filter', 1, 0), {
    source: '10.0.1.77',
  }),
  packetCase('loose reverse path', 'leaves r1', sysctl('ipv4/conf/r0/rp_filter', 2, 0), {
    source: '10.0.1.77',
  }),
  packetCase('a source of its own', 'dropped martian-source', NOTHING, { source: '10.0.1.1' }),
  packetCase('127/8', 'dropped martian-destination', NOTHING, { destination: '127.0.0.1' }),
  packetCase(
    'forwarding off where it comes in',
    'dropped forwarding-off',
    sysctl('ipv4/conf/r0/forwarding', 0, 1),
  ),
  packetCase('forwarding off where it goes out', 'leaves r1', sysctl('ipv4/conf/r1/forwarding', 0, 1)),
  packetCase('the last hop', 'rejected ttl-exceeded', NOTHING, { ttl: 1 }),
  packetCase('one hop left', 'leaves r1', NOTHING, { ttl: 2 }),
  packetCase('a size that fits', 'leaves r1', ['ip link set r1 mtu 1000', 'ip link set r1 mtu 1500'], {
    size: 972,
  }),
  packetCase(
    'a size that does not',
    'rejected too-big',
    ['ip link set r1 mtu 1000', 'ip link set r1 mtu 1500'],
    { size: 973 },
  ),
  packetCase('a size that may be cut', 'leaves r1', ['ip link set r1 mtu 1000', 'ip link set r1 mtu 1500'], {
    size: 973,
    flags: 0,
  }),
  packetCase(
    'a route’s own size',
    'rejected too-big',
    ['ip route change 10.0.1.0/24 dev r1 mtu 900', 'ip route change 10.0.1.0/24 dev r1'],
    { size: 900 },
  ),
  packetCase('a frame for another', 'dropped wrong-neighbour', NOTHING, { to: '02:00:00:00:99:99' }),
  packetCase('nobody listens', 'rejected no-socket', NOTHING, { destination: '10.0.1.1' }),
  packetCase('a rule by mark', 'rejected unreachable', [
    `${rules('table ip t { chain c { type filter hook prerouting priority -150; udp dport 9999 meta mark set 7; }; }')[0]}\nip rule add fwmark 7 lookup 77; ip route add unreachable default table 77`,
    'ip rule del fwmark 7; ip route flush table 77; nft flush ruleset',
  ]),
  packetCase(
    'a rule that drops',
    'dropped filter-drop',
    rules('table ip t { chain c { type filter hook forward priority 0; udp dport 9999 drop; }; }'),
  ),
  packetCase(
    'a rule that rejects',
    'rejected filter-reject',
    rules(
      'table inet t { chain c { type filter hook forward priority 0; policy accept; udp dport 9999 reject; }; }',
    ),
  ),
  packetCase(
    'a rule at the device',
    'dropped filter-drop',
    rules(
      'table netdev t { chain c { type filter hook ingress device r0 priority 0; udp dport 9999 drop; }; }',
    ),
  ),
  packetCase(
    'a new destination',
    'leaves r1',
    rules(
      'table ip t { chain c { type nat hook prerouting priority -100; udp dport 9999 dnat to 10.0.1.2:8888; }; }',
    ),
    { destination: '10.96.0.10' },
  ),
  packetCase(
    'a new destination of its own',
    'rejected no-socket',
    rules(
      'table ip t { chain c { type nat hook prerouting priority -100; udp dport 9999 redirect to :8888; }; }',
    ),
    { destination: '10.96.0.11' },
  ),
];

export interface Case6 extends RealCase {
  readonly packet: TracedPacket;
  readonly ends: string;
  /** One counter of /proc/net/snmp6 that tells it. */
  readonly rises: string;
}

const case6 = (
  name: string,
  [ends, rises]: readonly [string, string],
  [setUp, undo]: Change,
  { destination = 'fd00:1::2', hopLimit = 64, size = 30, source = 'fd00:0::2' } = {},
): Case6 => ({
  name,
  family: 6,
  ends,
  rises: `Ip6 ${rises}`,
  setUp,
  undo,
  frame: ethernet(
    EtherType.ipv6,
    ipv6(17, udp(4000, 9999, zeros(size)), { source, destination, hopLimit } satisfies Ipv6Fields),
    {
      destination: mac(ROUTER_MACS.r0),
      source: mac(ROUTER_MACS.sender),
    },
  ),
  packet: packetOf(`udp [${source}]:4000 → [${destination}]:9999`, { ttl: hopLimit, length: 48 + size }),
});

/** Counted before its size and the rules are looked at. */
export const FORWARDED = 'Ip6 Ip6OutForwDatagrams';

export const PACKETS_6: readonly Case6[] = [
  case6('a straight way', ['leaves r1', 'Ip6OutForwDatagrams'], [WITH_IPV6, '']),
  case6('no route', ['rejected no-route', 'Ip6InNoRoutes'], NOTHING, { destination: '2001:db8::1' }),
  case6('the last hop', ['rejected ttl-exceeded', 'Icmp6OutTimeExcds'], NOTHING, { hopLimit: 1 }),
  case6(
    'too big',
    ['rejected too-big', 'Ip6InTooBigErrors'],
    ['ip link set r1 mtu 1300', 'ip link set r1 mtu 1500'],
    { size: 1260 },
  ),
  case6(
    'a prohibited route',
    ['rejected prohibit', 'Ip6InNoRoutes'],
    ['ip -6 route add prohibit fd05::/16', 'ip -6 route del prohibit fd05::/16'],
    { destination: 'fd05::1' },
  ),
  case6(
    'forwarding off',
    ['dropped forwarding-off', 'Ip6InAddrErrors'],
    sysctl('ipv6/conf/all/forwarding', 0, 1),
  ),
  case6(
    'IPv6 off where it comes in',
    ['dropped ipv6-disabled', 'Ip6InDiscards'],
    ['echo 1 >/proc/sys/net/ipv6/conf/r0/disable_ipv6', WITH_IPV6],
  ),
  case6('a link’s own source', ['rejected martian-source', 'Ip6InAddrErrors'], NOTHING, {
    source: 'fe80::9',
  }),
];
