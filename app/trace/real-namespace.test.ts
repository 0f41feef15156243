// The model against the real kernel: one packet a case through a router made of namespaces, and what its counters say became of it.
import { beforeAll, describe, expect, it } from 'vitest';
import { arp, EtherType, ethernet } from '../packet/testing/packets/link.ts';
import { ipv4, ipv6, udp, type Ipv4Fields, type Ipv6Fields } from '../packet/testing/packets/network.ts';
import { ip4, join, mac, zeros } from '../packet/testing/packets/parts.ts';
import { parseAddress, type Address } from '../route/address.ts';
import { answersArp } from './answers-arp.ts';
import type { TracedPacket } from './packet.ts';
import { passNamespace } from './pass-namespace.ts';
import { namespaceOf } from './testing/namespace-of.ts';
import { packetOf } from './testing/packet-of.ts';
import { ROUTER_MACS, runCases, WITH_IPV6, type RealCase, type RealResult } from './testing/real-router.ts';

interface Expected {
  /** Counters that rise for this end, and for no other that is looked at here. */
  readonly rises: readonly string[];
}

/** FIELD-NOTES §7. */
const ENDS: Readonly<Record<string, Expected>> = {
  'leaves r1': { rises: ['tx r1'] },
  delivered: { rises: [] },
  'dropped reverse-path': { rises: ['TcpExt IPReversePathFilter'] },
  'dropped martian-source': { rises: [] },
  'dropped martian-destination': { rises: [] },
  'dropped blackhole': { rises: [] },
  'dropped filter-drop': { rises: [] },
  'dropped forwarding-off': { rises: ['Ip InAddrErrors'] },
  'rejected no-route': { rises: ['IpExt InNoRoutes'] },
  'rejected unreachable': { rises: [] },
  'rejected prohibit': { rises: [] },
  'rejected filter-reject': { rises: ['Icmp OutDestUnreachs'] },
  'rejected ttl-exceeded': { rises: ['Ip InHdrErrors', 'Icmp OutTimeExcds'] },
  'rejected too-big': { rises: ['Ip FragFails', 'Icmp OutDestUnreachs'] },
  'rejected no-socket': { rises: ['Udp NoPorts', 'Icmp OutDestUnreachs'] },
  'dropped wrong-neighbour': { rises: [] },
};
/** Of errors of its routes a router tells few (ip_rt_error_burst). */
const TOLD_RARELY: ReadonlySet<string> = new Set([
  'rejected no-route',
  'rejected unreachable',
  'rejected prohibit',
]);
const LOOKED_AT = [...new Set(Object.values(ENDS).flatMap(({ rises }) => rises))];

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

interface PacketCase extends RealCase {
  readonly packet: TracedPacket;
  readonly ends: keyof typeof ENDS & string;
}

const packetCase = (
  name: string,
  ends: string,
  [setUp, undo]: readonly [string, string],
  {
    source = '10.0.0.2',
    destination = '10.0.1.2',
    ttl = 64,
    flags = 2,
    size = 30,
    to = ROUTER_MACS.r0 as string,
  } = {},
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

const NOTHING = ['', ''] as const;
const route = (text: string): readonly [string, string] => [`ip route add ${text}`, `ip route del ${text}`];
const sysctl = (path: string, value: number, before: number): readonly [string, string] => [
  `echo ${value} >/proc/sys/net/${path}`,
  `echo ${before} >/proc/sys/net/${path}`,
];
const rules = (...lines: readonly string[]): readonly [string, string] => [
  `nft -f - <<'NFT'\n${lines.join('\n')}\nNFT`,
  'nft flush ruleset',
];

const PACKETS: readonly PacketCase[] = [
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

interface Case6 extends RealCase {
  readonly packet: TracedPacket;
  readonly ends: string;
  /** One counter of /proc/net/snmp6 that tells it. */
  readonly rises: string;
}

const case6 = (
  name: string,
  [ends, rises]: readonly [string, string],
  [setUp, undo]: readonly [string, string],
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
const FORWARDED = 'Ip6 Ip6OutForwDatagrams';

const PACKETS_6: readonly Case6[] = [
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

interface ArpCase extends RealCase {
  readonly target: string;
  readonly asker: string;
  readonly expected: boolean;
}

const arpFrame = (target: string, asker: string): Uint8Array =>
  ethernet(
    EtherType.arp,
    arp({ addresses: join(mac(ROUTER_MACS.sender), ip4(asker), zeros(6), ip4(target)) }),
    {
      destination: mac('ff:ff:ff:ff:ff:ff'),
      source: mac(ROUTER_MACS.sender),
    },
  );

const arpCase = (
  name: string,
  expected: boolean,
  [target, asker]: readonly [string, string],
  [setUp, undo]: readonly [string, string] = NOTHING,
): ArpCase => ({ name, family: 4, expected, target, asker, setUp, undo, frame: arpFrame(target, asker) });

const both = (...parts: readonly (readonly [string, string])[]): readonly [string, string] => [
  parts.map(([setUp]) => setUp).join('\n'),
  parts.map(([, undo]) => undo).join('\n'),
];
const PROXY = sysctl('ipv4/conf/r0/proxy_arp', 1, 0);
const GATEWAY = route('default via 10.0.1.2 dev r1');
const STRICT = sysctl('ipv4/conf/r0/rp_filter', 1, 0);

/** A Pod's question for its gateway, as FIELD-NOTES §1 has it, and those for the router's own addresses. */
const QUESTIONS: readonly ArpCase[] = [
  arpCase('its address', true, ['10.0.0.1', '10.0.0.2']),
  arpCase('its address of another device', true, ['10.0.1.1', '10.0.0.2']),
  arpCase(
    '… not with arp_ignore 1',
    false,
    ['10.0.1.1', '10.0.0.2'],
    sysctl('ipv4/conf/r0/arp_ignore', 1, 0),
  ),
  arpCase(
    'its own with arp_ignore 1',
    true,
    ['10.0.0.1', '10.0.0.2'],
    sysctl('ipv4/conf/r0/arp_ignore', 1, 0),
  ),
  arpCase(
    'arp_ignore 2: another subnet asks',
    false,
    ['10.0.0.1', '10.7.0.2'],
    sysctl('ipv4/conf/r0/arp_ignore', 2, 0),
  ),
  arpCase('nobody’s address', false, ['10.0.0.77', '10.0.0.2'], both(PROXY, GATEWAY)),
  arpCase(
    'the gateway, with proxy_arp and a default route',
    true,
    ['169.254.1.1', '10.0.0.2'],
    both(PROXY, GATEWAY),
  ),
  arpCase(
    '… proxy_arp of all',
    true,
    ['169.254.1.1', '10.0.0.2'],
    both(sysctl('ipv4/conf/all/proxy_arp', 1, 0), GATEWAY),
  ),
  arpCase('… without proxy_arp', false, ['169.254.1.1', '10.0.0.2'], GATEWAY),
  arpCase('… without a route', false, ['169.254.1.1', '10.0.0.2'], PROXY),
  arpCase('… with a blackhole', false, ['169.254.1.1', '10.0.0.2'], both(PROXY, route('blackhole default'))),
  arpCase(
    '… without forwarding there',
    false,
    ['169.254.1.1', '10.0.0.2'],
    both(PROXY, GATEWAY, sysctl('ipv4/conf/r0/forwarding', 0, 1)),
  ),
  arpCase(
    '… without a way back, strict',
    false,
    ['169.254.1.1', '192.168.1.2'],
    both(PROXY, GATEWAY, STRICT),
  ),
  arpCase(
    '… with the Pod’s own route, strict',
    true,
    ['169.254.1.1', '192.168.1.2'],
    both(PROXY, GATEWAY, STRICT, route('192.168.1.2 dev r0')),
  ),
  arpCase(
    'behind the same device, proxy_arp_pvlan',
    true,
    ['10.0.0.77', '10.0.0.2'],
    sysctl('ipv4/conf/r0/proxy_arp_pvlan', 1, 0),
  ),
  arpCase('who has no address asks for its own', true, ['10.0.0.1', '0.0.0.0']),
  arpCase('who has no address asks for the gateway', false, ['169.254.1.1', '0.0.0.0'], both(PROXY, GATEWAY)),
  arpCase(
    'arp_filter: the way back is another',
    false,
    ['10.0.0.1', '10.0.1.2'],
    sysctl('ipv4/conf/r0/arp_filter', 1, 0),
  ),
];

let results: readonly RealResult[];
beforeAll(() => {
  results = runCases([...PACKETS, ...QUESTIONS, ...PACKETS_6], arpFrame('10.0.0.254', '10.0.0.2'));
}, 60_000);

function resultAt(index: number): RealResult {
  const result = results[index];
  if (result === undefined) throw new Error('no such case');
  return result;
}

function predicted(result: RealResult, packet: TracedPacket): string {
  const passages = passNamespace({ at: namespaceOf(result.printed), device: 'r0', packet }, { tracked: [] });
  const [passage] = passages;
  if (passage === undefined || passages.length !== 1) throw new Error(`${passages.length} passages`);
  const { departure } = passage;
  switch (departure.kind) {
    case 'leaves':
      return `leaves ${departure.device.name}`;
    case 'dropped':
    case 'rejected':
      return `${departure.kind} ${departure.reason}`;
    case 'delivered':
      return 'delivered';
    case 'unknown':
      return `unknown ${departure.why}`;
  }
}

describe('a packet through a router', () => {
  it.each(PACKETS.map((one, at) => ({ ...one, at })))('$name: $ends', ({ packet, ends, at }) => {
    const result = resultAt(at);
    expect(predicted(result, packet)).toBe(ends);
    const rose = LOOKED_AT.filter(
      (name) => result.rose.has(name) && !(name === 'Icmp OutDestUnreachs' && TOLD_RARELY.has(ends)),
    );
    // What the router answers the sender leaves by r0, and what passes by r1 alone.
    expect(rose.toSorted()).toEqual([...(ENDS[ends]?.rises ?? [])].toSorted());
  });

  it.each(PACKETS_6.map((one, at) => ({ ...one, at: PACKETS.length + QUESTIONS.length + at })))(
    'IPv6, $name: $ends',
    ({ packet, ends, rises, at }) => {
      const result = resultAt(at);
      expect(predicted(result, packet)).toBe(ends);
      expect(result.rose.get(rises)).toBe(1);
      const others = PACKETS_6.map((one) => one.rises).filter((name) => name !== rises && name !== FORWARDED);
      expect(others.filter((name) => result.rose.has(name))).toEqual([]);
    },
  );
});

describe('a question for an address', () => {
  it.each(QUESTIONS.map((one, at) => ({ ...one, at: PACKETS.length + at })))(
    '$name: $expected',
    ({ target, asker, expected, at }) => {
      const result = resultAt(at);
      const router = namespaceOf(result.printed);
      const device = router.devices.get('r0');
      const address = (text: string): Address => {
        const parsed = parseAddress(text);
        if (parsed === null) throw new Error(text);
        return parsed;
      };
      if (device === undefined) throw new Error('no r0');
      expect(result.answered).toBe(expected);
      const ours = answersArp(router, device, address(target), address(asker));
      expect(ours.answers, ours.sentence).toBe(expected);
    },
  );
});
