// FIELD-NOTES §7 against the real kernel: ten packets a case, and the ledger names that reason and only that. Needs root.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtherType, ethernet } from '../packet/testing/packets/link.ts';
import {
  icmp,
  ipv4,
  ipv6,
  tcp,
  udp,
  type Ipv4Fields,
  type Ipv6Fields,
} from '../packet/testing/packets/network.ts';
import { mac, zeros } from '../packet/testing/packets/parts.ts';
import type { CountersReading } from '../probe/counter-facts.ts';
import type { DiscoveryPart } from '../probe/discovery-script.ts';
import { buildTopology, emptyTopology } from '../topology/build.ts';
import { until } from '../topology/testing/real-node.ts';
import type { NodeReading } from '../topology/input.ts';
import { cpuRise } from './counter-rise.ts';
import { dropContext, type DropContext } from './drop-context.ts';
import type { DropEntry } from './drop-entry.ts';
import type { DropReason } from './drop-reasons.ts';
import { reckonDrops, type ReckonedDrops } from './reckon-drops.ts';
import { decideSilent, noSilence, type Silence } from './silent-drops.ts';
import { KernelNode, MACS, type Place } from './testing/real-kernel-node.ts';
import { drawn } from '../testing/runs.ts';

let node: KernelNode;
let places: ReadonlyMap<number | null, Place>;

beforeAll(() => {
  node = new KernelNode('drops');
  places = new Map<number | null, Place>([
    [null, 'node'],
    ...(['a', 'b', 'outside'] as const).map((place): [number, Place] => [node.inode(place), place]),
  ]);
});
afterAll(() => node[Symbol.dispose]());

function counters(): CountersReading {
  const { value } = node.read(['counters']).counters ?? { value: null };
  if (value === null) throw new Error('no counters');
  return value;
}

/** The machine at its NIC as another node, where it matters. */
function context(neighbour = false): DropContext {
  const reading = (place: Place, parts: readonly DiscoveryPart[]): [string, NodeReading] => [
    place,
    { snapshot: node.read(parts, place), hostKeyFingerprint: `SHA256:${place}` },
  ];
  const readings = new Map([
    reading('node', ['links', 'routes', 'pods']),
    ...(neighbour ? [reading('outside', ['links', 'routes'])] : []),
  ]);
  const built = buildTopology(emptyTopology('test'), {
    cluster: 'test',
    readings: Object.fromEntries(readings),
    inventory: null,
    deletions: [],
    endedLabels: [],
    evidence: [],
    warnings: [],
  });
  return dropContext(built, readings, 'node');
}

/** Of our own namespaces; what the machine counts as a whole is not ours alone. */
function ours(entries: readonly DropEntry[]): string[] {
  return entries
    .filter(
      ({ namespace, reason }) =>
        places.has(namespace) && reason !== 'softnet' && reason !== 'neighbour-queue',
    )
    .map(({ namespace, reason, packets }) => `${places.get(namespace) ?? ''}: ${reason} ${String(packets)}`)
    .sort();
}

const toPodB = (packet: Uint8Array): Uint8Array =>
  ethernet(EtherType.ipv4, packet, { destination: mac(MACS.node), source: mac(MACS.a) });

/** Without a checksum of its own, so that it may go anywhere. */
const datagram = (fields: Ipv4Fields = {}, size = 10): Uint8Array =>
  toPodB(ipv4(17, udp(4000, 9000, zeros(size)).fill(0, 6, 8), fields));

/** The node's ends of the wires speak IPv6, with a fixed neighbour: nothing is solicited, and what it joins is reported at once, not when it is off again. */
const V6 =
  'for d in calia calib; do echo 0 >/proc/sys/net/ipv6/conf/$d/accept_dad; echo 1 >/proc/sys/net/ipv6/conf/$d/mldv2_unsolicited_report_interval; done; for d in all calia calib; do echo 0 >/proc/sys/net/ipv6/conf/$d/disable_ipv6; done; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; ip route add fd00::2/128 dev calib; ip neigh add fd00::2 lladdr 02:00:00:00:0b:02 dev calib; ip route add fd00::1/128 dev calia; ip neigh add fd00::1 lladdr 02:00:00:00:0a:02 dev calia';
const V6_OFF = 'for d in all calia calib; do echo 1 >/proc/sys/net/ipv6/conf/$d/disable_ipv6; done';

const toPodB6 = (fields: Ipv6Fields = {}, size = 10): Uint8Array =>
  ethernet(EtherType.ipv6, ipv6(17, udp(4000, 9000, zeros(size)), fields), {
    destination: mac(MACS.node),
    source: mac(MACS.a),
  });

interface Case {
  readonly name: string;
  /** Lines of shell in the node. */
  readonly make?: string;
  readonly mend?: string;
  readonly send: () => void;
  /** It takes both nodes to tell. */
  readonly neighbour?: true;
  readonly expected: readonly `${Place}: ${DropReason} ${number}`[];
}

const tenFromA = (frame: Uint8Array) => () => node.send('a', frame);

/** Ten datagrams of a program's own. */
const tenOwn = (address: string): string =>
  `perl -MSocket -e 'socket(my $s,PF_INET,SOCK_DGRAM,0); send($s,"x",0,pack_sockaddr_in(9,inet_aton("${address}"))) for 1..10'`;

/** Ten from a Pod's own sockets to a group that nobody has joined: of UDP, or of another protocol as routing daemons send them. */
const multicast = (group: string, protocol = 17): string =>
  `perl -MSocket -e 'socket(my $s,PF_INET,${protocol === 17 ? 'SOCK_DGRAM,0' : `SOCK_RAW,${protocol}`}); send($s,"x" x 20,0,pack_sockaddr_in(5353,inet_aton("${group}"))) for 1..10'`;

/** Another protocol's frames to a group's MAC, past the Pod's own IP. */
const multicastFrame = ethernet(
  EtherType.ipv4,
  ipv4(17, udp(5353, 5353, zeros(10)).fill(0, 6, 8), { destination: '224.0.0.251', ttl: 255 }),
  { destination: mac('01:00:5e:00:00:fb'), source: mac(MACS.a) },
);

const netdevRule = (hook: string, device: string, family = 'netdev'): string =>
  `nft 'table ${family} hopscope { chain at { type filter hook ${hook} device ${device} priority 0; ip protocol udp counter drop; }; }'`;

/** The node has number 42 and a MAC that ends in 01. */
const vxlanFromOutside = (vni: string, address: string): string =>
  `ip link add vxlan.calico type vxlan id 42 dstport 4789 local 10.9.0.1 nolearning; ip link set vxlan.calico up address 66:00:00:00:00:01
   ip -n $OUTSIDE link add vxlan.calico type vxlan id ${vni} dstport 4789 local 10.9.0.2 nolearning; ip -n $OUTSIDE link set vxlan.calico up address ${address}
   ip -n $OUTSIDE addr add 198.51.100.2/24 dev vxlan.calico; ip -n $OUTSIDE neigh add 198.51.100.1 lladdr 66:00:00:00:00:03 dev vxlan.calico
   bridge -n $OUTSIDE fdb append 66:00:00:00:00:03 dev vxlan.calico dst 10.9.0.1`;
const NO_VXLAN = 'ip link del vxlan.calico; ip -n $OUTSIDE link del vxlan.calico';

const cases: readonly Case[] = [
  {
    name: 'rp_filter',
    make: 'echo 1 >/proc/sys/net/ipv4/conf/calia/rp_filter',
    mend: 'echo 0 >/proc/sys/net/ipv4/conf/calia/rp_filter',
    send: tenFromA(datagram({ source: '10.9.0.77' })),
    expected: ['node: rp-filter 10'],
  },
  {
    name: 'martian source',
    send: tenFromA(datagram({ source: '127.0.0.5' })),
    expected: ['node: martian 10'],
  },
  {
    name: 'no route',
    send: tenFromA(datagram({ destination: '198.51.100.1' })),
    expected: ['node: no-route 10'],
  },
  {
    name: 'blackhole',
    make: 'ip route add blackhole 198.51.100.0/24',
    mend: 'ip route del blackhole 198.51.100.0/24',
    send: tenFromA(datagram({ destination: '198.51.100.1' })),
    expected: ['node: blackhole 10'],
  },
  {
    name: 'unreachable',
    make: 'ip route add unreachable 198.51.100.0/24',
    mend: 'ip route del unreachable 198.51.100.0/24',
    send: tenFromA(datagram({ destination: '198.51.100.1' })),
    expected: ['node: unreachable-route 10'],
  },
  {
    name: 'prohibit',
    make: 'ip route add prohibit 198.51.100.0/24',
    mend: 'ip route del prohibit 198.51.100.0/24',
    send: tenFromA(datagram({ destination: '198.51.100.1' })),
    expected: ['node: unreachable-route 10'],
  },
  {
    name: 'forwarding off at the interface',
    make: 'echo 0 >/proc/sys/net/ipv4/conf/calia/forwarding',
    mend: 'echo 1 >/proc/sys/net/ipv4/conf/calia/forwarding',
    send: tenFromA(datagram()),
    expected: ['node: forwarding-off 10'],
  },
  { name: 'time to live', send: tenFromA(datagram({ ttl: 1 })), expected: ['node: hop-limit 10'] },
  {
    name: 'another MAC address',
    send: () =>
      node.send(
        'a',
        ethernet(EtherType.ipv4, ipv4(17, udp(1, 2, zeros(10))), { destination: mac('02:00:00:00:99:99') }),
      ),
    expected: ['node: other-mac 10'],
  },
  {
    name: 'DROP in raw',
    make: 'iptables -t raw -A PREROUTING -p udp -j DROP',
    mend: 'iptables -t raw -F',
    send: () => void node.inside('a', tenOwn('10.0.0.2')),
    expected: ['node: firewall-in 10'],
  },
  {
    name: 'DROP in INPUT by a rule that counts nothing',
    make: 'nft add table ip t; nft "add chain ip t in { type filter hook input priority 0; }"; nft add rule ip t in ip protocol udp drop',
    mend: 'nft delete table ip t',
    send: () => void node.inside('a', tenOwn('10.9.0.1')),
    expected: ['node: firewall-in 10'],
  },
  {
    name: 'no drop: mDNS, SSDP, VRRP and OSPF to groups that nobody joined',
    send: () => {
      for (const line of [
        multicast('224.0.0.251'),
        multicast('239.255.255.250'),
        multicast('224.0.0.18', 112),
        multicast('224.0.0.5', 89),
      ])
        node.inside('a', line);
    },
    expected: ['node: silent-in 40'],
  },
  {
    name: 'no drop: multicast past the IP of who sends it, beside a route that would swallow it',
    make: 'ip route add blackhole 198.51.100.0/24',
    mend: 'ip route del blackhole 198.51.100.0/24',
    send: tenFromA(multicastFrame),
    expected: ['node: silent-in 10'],
  },
  {
    name: 'DROP in INPUT beside multicast that nobody joined',
    make: 'iptables -A INPUT -p udp -j DROP',
    mend: 'iptables -F INPUT',
    send: () => void node.inside('a', `${multicast('224.0.0.251')}; ${tenOwn('10.9.0.1')}`),
    expected: ['node: firewall-in 10', 'node: silent-in 10'],
  },
  {
    name: 'DROP in FORWARD',
    make: 'iptables -A FORWARD -p udp -j DROP',
    mend: 'iptables -F FORWARD',
    send: tenFromA(datagram()),
    expected: ['node: firewall-forward 10'],
  },
  {
    name: 'DROP in POSTROUTING',
    make: 'iptables -t mangle -A POSTROUTING -p udp -j DROP',
    mend: 'iptables -t mangle -F',
    send: tenFromA(datagram()),
    expected: ['node: firewall-forward 10'],
  },
  {
    name: 'REJECT with an ICMP error',
    make: 'iptables -A FORWARD -p udp -j REJECT',
    mend: 'iptables -F FORWARD',
    send: tenFromA(datagram()),
    expected: ['node: reject 10'],
  },
  {
    name: 'REJECT with a reset',
    make: 'iptables -A FORWARD -p tcp -j REJECT --reject-with tcp-reset',
    mend: 'iptables -F FORWARD',
    send: tenFromA(toPodB(ipv4(6, tcp(4000, 81, '', { flags: 2 })))),
    expected: ['node: reject 10'],
  },
  {
    name: 'DROP in OUTPUT',
    make: 'iptables -A OUTPUT -p udp -j DROP',
    mend: 'iptables -F OUTPUT',
    send: () => void node.inside('node', tenOwn('10.0.0.2')),
    expected: ['node: firewall-output 10'],
  },
  {
    name: 'a full queue',
    make: 'tc qdisc add dev calib root bfifo limit 1',
    mend: 'tc qdisc del dev calib root',
    send: tenFromA(datagram()),
    expected: ['node: qdisc 10'],
  },
  {
    name: 'more than the MTU',
    make: 'ip link set calib mtu 1000',
    mend: 'ip link set calib mtu 1500',
    send: tenFromA(datagram({}, 1200)),
    expected: ['node: too-big 10'],
  },
  {
    name: 'a header whose checksum is wrong',
    send: () => {
      const frame = datagram();
      frame[24] = (frame[24] ?? 0) ^ 0xff;
      node.send('a', frame);
    },
    expected: ['node: bad-header 10'],
  },
  {
    name: 'a protocol that nobody takes',
    send: tenFromA(toPodB(ipv4(4, ipv4(17, udp(1, 2, zeros(8))), { destination: '10.9.0.1' }))),
    expected: ['node: unknown-protocol 10'],
  },
  {
    name: 'REJECT in INPUT',
    make: 'iptables -A INPUT -p udp -j REJECT',
    mend: 'iptables -F INPUT',
    send: tenFromA(datagram({ destination: '10.9.0.1' })),
    expected: ['node: reject 10'],
  },
  {
    name: 'an own connection that OUTPUT drops',
    make: 'iptables -A OUTPUT -p tcp -j DROP',
    mend: 'iptables -F OUTPUT',
    send: () =>
      void node.inside(
        'node',
        `perl -MSocket -MFcntl -e 'for (1..10) { socket(my $s,PF_INET,SOCK_STREAM,0); fcntl($s,F_SETFL,O_NONBLOCK); connect($s,pack_sockaddr_in(9,inet_aton("10.0.0.2"))) }'`,
      ),
    expected: ['node: firewall-forward 10'],
  },
  {
    name: 'UDP without a socket',
    send: tenFromA(datagram()),
    expected: ['b: udp-no-socket 10'],
  },
  {
    name: 'TCP without a socket',
    send: tenFromA(toPodB(ipv4(6, tcp(4000, 81, '', { flags: 2 })))),
    expected: ['b: tcp-no-socket 10'],
  },
  {
    name: 'a datagram whose checksum is wrong',
    send: () => {
      const frame = toPodB(ipv4(17, udp(4000, 9000, zeros(10))));
      frame[40] = (frame[40] ?? 0) ^ 0xff;
      node.send('a', frame);
    },
    expected: ['b: bad-checksum 10'],
  },
  {
    name: 'a segment whose checksum is wrong',
    send: () => {
      const frame = toPodB(ipv4(6, tcp(4000, 81, '', { flags: 2 })));
      frame[50] = (frame[50] ?? 0) ^ 0xff;
      node.send('a', frame);
    },
    expected: ['b: bad-checksum 10'],
  },
  {
    name: 'a frame longer than the other end takes',
    make: 'ip -n $B link set eth0 mtu 1000',
    mend: 'ip -n $B link set eth0 mtu 1500',
    send: tenFromA(datagram({}, 1200)),
    expected: ['node: peer-refused 10'],
  },
  {
    name: 'the other end down',
    make: 'ip -n $B link set eth0 down',
    mend: 'ip -n $B link set eth0 up; ip neigh replace 10.0.0.2 lladdr 02:00:00:00:0b:02 dev calib nud permanent',
    send: tenFromA(datagram()),
    expected: ['node: peer-down 10'],
  },
  {
    name: 'VXLAN without an entry for the destination',
    make: 'ip link add vxlan.calico type vxlan id 4096 dstport 4789 local 10.9.0.1 nolearning; ip link set vxlan.calico up; ip route add 198.51.100.0/24 dev vxlan.calico; ip neigh add 198.51.100.1 lladdr 66:00:00:00:00:01 dev vxlan.calico',
    mend: 'ip link del vxlan.calico',
    send: tenFromA(datagram({ destination: '198.51.100.1' })),
    expected: ['node: vxlan-no-peer 10'],
  },
  {
    name: 'a netdev rule as it comes in',
    make: netdevRule('ingress', 'calia'),
    mend: 'nft delete table netdev hopscope',
    send: tenFromA(datagram()),
    expected: ['node: hook-in 10'],
  },
  {
    name: 'a rule of family inet as it comes in at a device',
    make: netdevRule('ingress', 'calia', 'inet'),
    mend: 'nft delete table inet hopscope',
    send: tenFromA(datagram()),
    expected: ['node: hook-in 10'],
  },
  {
    name: 'a queue that holds nothing',
    make: 'tc qdisc add dev calib root pfifo limit 0',
    mend: 'tc qdisc del dev calib root',
    send: tenFromA(datagram()),
    expected: ['node: qdisc 10'],
  },
  {
    name: 'a netdev rule on its way out',
    make: netdevRule('egress', 'calib'),
    mend: 'nft delete table netdev hopscope',
    send: tenFromA(datagram()),
    expected: ['node: hook-out 10'],
  },
  {
    name: 'a netdev rule that does not let an own packet out',
    make: netdevRule('egress', 'calib'),
    mend: 'nft delete table netdev hopscope',
    send: () => void node.inside('node', tenOwn('10.0.0.2')),
    expected: ['node: hook-out 10'],
  },
  {
    name: 'VXLAN of another number',
    make: vxlanFromOutside('43', '66:00:00:00:00:02'),
    mend: NO_VXLAN,
    send: () => void node.inside('outside', tenOwn('198.51.100.1')),
    neighbour: true,
    expected: ['node: vxlan-stranger 10'],
  },
  {
    name: 'VXLAN from the MAC of its own device',
    make: vxlanFromOutside('42', '66:00:00:00:00:01'),
    mend: NO_VXLAN,
    send: () => void node.inside('outside', tenOwn('198.51.100.1')),
    neighbour: true,
    expected: ['node: vxlan-stranger 10'],
  },
  {
    name: 'an own packet without a route',
    send: () => void node.inside('node', tenOwn('203.0.113.9')),
    expected: ['node: own-no-route 10'],
  },
  {
    name: 'IPv6 without a route',
    make: V6,
    mend: V6_OFF,
    send: tenFromA(toPodB6({ destination: 'fd99::1' })),
    expected: ['node: no-route6 10'],
  },
  {
    name: 'IPv6 prohibited by a route',
    make: `${V6}; ip route add prohibit fd99::/64`,
    mend: V6_OFF,
    send: tenFromA(toPodB6({ destination: 'fd99::1' })),
    expected: ['node: no-route6 10'],
  },
  {
    name: 'IPv6 over the MTU',
    make: `${V6}; ip link set calib mtu 1300`,
    mend: `ip link set calib mtu 1500; ${V6_OFF}`,
    send: tenFromA(toPodB6({}, 1400)),
    expected: ['node: too-big6 10'],
  },
  {
    name: 'IPv6 whose hop limit ends',
    make: V6,
    mend: V6_OFF,
    send: tenFromA(toPodB6({ hopLimit: 1 })),
    expected: ['node: hop-limit6 10'],
  },
  {
    name: 'no drop: IPv6 multicast that nobody joined',
    make: V6,
    mend: V6_OFF,
    send: tenFromA(
      ethernet(
        EtherType.ipv6,
        ipv6(17, udp(5353, 5353, zeros(10)), { source: 'fe80::a', destination: 'ff02::fb', hopLimit: 255 }),
        { destination: mac('33:33:00:00:00:fb'), source: mac(MACS.a) },
      ),
    ),
    expected: [],
  },
];

describe('the ledger names, of ten packets each', () => {
  it.each(drawn(cases, 15))('$name', ({ name, make, mend, send, neighbour, expected }) => {
    if (make !== undefined) node.inside('node', make);
    try {
      const asked = { martians: name.includes('martian'), neighbour: neighbour ?? false };
      expect(ledgerOf(send, asked)).toEqual(expected);
    } finally {
      if (mend !== undefined) node.inside('node', mend);
      node.route('b');
    }
  });

  it('a next hop that does not answer ARP, once the kernel has given up', async () => {
    node.inside('node', 'echo 100 >/proc/sys/net/ipv4/neigh/nic0/retrans_time_ms');
    const known = context();
    const before = counters();
    node.send('a', datagram({ destination: '10.9.0.200' }));
    await until(() => node.inside('node', 'ip neigh show 10.9.0.200').includes('FAILED'));
    expect(ours(reckonDrops(before, counters(), known).drops)).toEqual(['node: neighbour 10']);
  });

  it('a program that does not accept', async () => {
    const listening = `socket(my $s,PF_INET,SOCK_STREAM,0); bind($s,pack_sockaddr_in(81,INADDR_ANY)); listen($s,0);`;
    await node.serve('b', `use Socket; $| = 1; ${listening} print "ready\\n"; <STDIN>`);
    const filling = `socket(my $c,PF_INET,SOCK_STREAM,0); connect($c,pack_sockaddr_in(81,inet_aton("10.0.0.2"))) or die $!;`;
    await node.serve('a', `use Socket; $| = 1; ${filling} print "ready\\n"; <STDIN>`);
    expect(ledgerOf(() => sendAsA(ipv4(6, tcp(4000, 81, '', { flags: 2 }))))).toEqual(['b: backlog 10']);
  });

  it('a program that does not read', async () => {
    // The kernel doubles what it is asked for, and gives no less than 2,304 bytes.
    const bound = `socket(my $s,PF_INET,SOCK_DGRAM,0); setsockopt($s,SOL_SOCKET,SO_RCVBUF,pack("i",1)); bind($s,pack_sockaddr_in(9001,INADDR_ANY));`;
    await node.serve('b', `use Socket; $| = 1; ${bound} print "ready\\n"; <STDIN>`);
    const frame = ipv4(17, udp(4000, 9001, zeros(1200)));
    sendAsA(frame);
    expect(ledgerOf(() => sendAsA(frame))).toEqual(['b: receive-buffer 10']);
  });
});

describe('a healthy path', () => {
  it('of UDP, TCP, ping, fragments and VXLAN drops nothing, and the ledger says nothing', async () => {
    node.inside(
      'node',
      'ip link add vxlan.calico type vxlan id 4096 dstport 4789 local 10.9.0.1 nolearning; ip link set vxlan.calico up address 66:00:00:00:00:09; bridge fdb append 66:00:00:00:00:01 dev vxlan.calico dst 10.9.0.2; ip route add 198.51.100.0/24 dev vxlan.calico; ip neigh add 198.51.100.1 lladdr 66:00:00:00:00:01 dev vxlan.calico',
    );
    node.inside(
      'outside',
      'ip route add 10.9.0.0/24 dev eth0; ip link add vxlan.calico type vxlan id 4096 dstport 4789 local 10.9.0.2 nolearning; ip link set vxlan.calico up address 66:00:00:00:00:01; ip addr add 198.51.100.1/24 dev vxlan.calico; bridge fdb append 66:00:00:00:00:09 dev vxlan.calico dst 10.9.0.1; ip route add 10.0.0.1 dev vxlan.calico; ip neigh add 10.0.0.1 lladdr 66:00:00:00:00:09 dev vxlan.calico',
    );
    // Answers what it gets, on both protocols; the client asks 50 times, with fragments among them.
    const echo = `use Socket; use IO::Select; $| = 1; my ($u,$t);
      socket($u,PF_INET,SOCK_DGRAM,0); bind($u,pack_sockaddr_in(7,INADDR_ANY));
      socket($t,PF_INET,SOCK_STREAM,0); setsockopt($t,SOL_SOCKET,SO_REUSEADDR,1); bind($t,pack_sockaddr_in(7,INADDR_ANY)); listen($t,64);
      print "ready\\n"; my $s = IO::Select->new($u,$t);
      while (1) { for ($s->can_read) {
        if ($_ == $u) { my $from = recv($u,my $d,9000,0); send($u,$d,0,$from) }
        else { accept(my $c,$t); sysread($c,my $d,9000); syswrite($c,$d); close $c } } }`;
    await node.serve('b', echo);
    await node.serve('outside', echo);
    const asks = (address: string): string => `use Socket;
      for my $n (1..50) { my $d = "x" x ($n % 10 ? 100 : 4000);
        socket(my $u,PF_INET,SOCK_DGRAM,0); send($u,$d,0,pack_sockaddr_in(7,inet_aton("${address}"))); recv($u,my $got,9000,0);
        socket(my $t,PF_INET,SOCK_STREAM,0); connect($t,pack_sockaddr_in(7,inet_aton("${address}"))) or die $!;
        syswrite($t,"hello"); sysread($t,$got,9000); sysread($t,$got,9000); close $t;
      }`;
    const ping = ipv4(1, icmp(8, 0, zeros(40).fill(0x61)));
    const told = ledgerOf(
      () => {
        for (const address of ['10.0.0.2', '198.51.100.1'])
          node.inside('a', `timeout 20 perl -e '${asks(address)}'`);
        sendAsA(ping);
      },
      { neighbour: true },
    );
    expect(told).toEqual([]);
    const moved = node.inside('outside', 'cat /sys/class/net/vxlan.calico/statistics/rx_packets');
    expect(Number(moved)).toBeGreaterThan(100);
  }, 30_000);

  it('of bulk TCP, bridged and IPv6 traffic, ARP, neighbour discovery and multicast is silent beside rules at devices that let it pass', async () => {
    node.inside(
      'node',
      `${netdevRule('ingress', 'calia').replace('ip protocol udp', 'tcp dport 9')}
       ip link add br0 type bridge; ip link add port0 type veth peer name eth1 netns $OUTSIDE; ip link set port0 master br0; ip link set port0 up
       nft 'add chain netdev hopscope out { type filter hook egress device br0 priority 0; }'; nft add rule netdev hopscope out udp dport 9 counter drop
       echo 0 >/proc/sys/net/ipv6/conf/br0/disable_ipv6; ip addr add 10.8.0.1/24 dev br0; ip addr add fd08::1/64 dev br0 nodad; ip link set br0 up`,
    );
    node.inside(
      'outside',
      'echo 0 >/proc/sys/net/ipv6/conf/eth1/disable_ipv6; ip addr add 10.8.0.2/24 dev eth1; ip addr add fd08::2/64 dev eth1 nodad; ip link set eth1 up',
    );
    try {
      // 3 is forwarding: a bridge takes nothing from a port before.
      await until(() => node.inside('node', 'cat /sys/class/net/port0/brport/state').trim() === '3');
      const family = `socket(my $s,PF_INET6,SOCK_DGRAM,0) or die; bind($s,pack_sockaddr_in6(7007,Socket::IN6ADDR_ANY)) or die;`;
      await node.serve(
        'outside',
        `use Socket; $| = 1; ${family} print "ready\n"; while (1) { my $from = recv($s,my $d,9000,0); send($s,$d,0,$from) }`,
      );
      const sink = `socket(my $t,PF_INET,SOCK_STREAM,0); bind($t,pack_sockaddr_in(7008,INADDR_ANY)); listen($t,8);`;
      await node.serve(
        'b',
        `use Socket; $| = 1; ${sink} print "ready\n"; while (accept(my $c,$t)) { 1 while sysread($c,my $d,65536); syswrite($c,"x"); close $c }`,
      );
      const traffic = (): string[] =>
        ledgerOf(
          () => {
            node.inside(
              'node',
              `timeout 20 perl -MSocket -e 'for my $to (pack_sockaddr_in6(7007,Socket::inet_pton(PF_INET6,"fd08::2")),pack_sockaddr_in6(7007,Socket::inet_pton(PF_INET6,"::ffff:10.8.0.2"))) { socket(my $s,PF_INET6,SOCK_DGRAM,0); for (1..20) { send($s,"x" x 100,0,$to) or die $!; recv($s,my $d,9000,0) } }'`,
            );
            node.inside(
              'a',
              `timeout 20 perl -MSocket -e 'socket(my $t,PF_INET,SOCK_STREAM,0); connect($t,pack_sockaddr_in(7008,inet_aton("10.0.0.2"))) or die $!; my $d = "x" x 65536; syswrite($t,$d) for 1..128; shutdown($t,1); sysread($t,$d,1)'`,
            );
            node.send(
              'outside',
              ethernet(EtherType.ipv4, ipv4(2, zeros(8), { destination: '224.0.0.1', ttl: 1 }), {
                destination: mac('01:00:5e:00:00:01'),
              }),
            );
          },
          { neighbour: true },
        );
      expect(traffic().filter((one) => !one.includes(': silent-in '))).toEqual([]);
      expect(counters().hooks?.map(({ devices }) => devices)).toEqual([['calia'], ['br0']]);
      expect(Number(node.inside('node', 'cat /sys/class/net/port0/statistics/tx_packets'))).toBeGreaterThan(
        40,
      );
    } finally {
      node.inside('node', 'ip link del port0; ip link del br0; nft delete table netdev hopscope');
    }
  }, 30_000);
});

it('filters of tc are listed by the hook that they are at', () => {
  expect(counters().tc).toEqual({ filters: [], cut: false });
  node.inside(
    'node',
    'tc qdisc add dev calia clsact; tc filter add dev calia egress protocol ip pref 9 u32 match u32 0 0 action mirred egress redirect dev calib',
  );
  try {
    expect(counters().tc).toEqual({
      cut: false,
      filters: [
        {
          ...{
            device: 'calia',
            direction: 'egress',
            kind: 'u32',
            pref: 9,
            protocol: 'ip',
            handle: '800::800',
          },
          ...{ matchesAll: true, does: 'redirect', to: 'calib', dropped: 0 },
        },
      ],
    });
  } finally {
    node.inside('node', 'tc qdisc del dev calia clsact');
  }
});

/** What the ledger says of what this did, once the next sample has come where it waits for that. */
function ledgerOf(send: () => void, { martians = false, neighbour = false } = {}): string[] {
  const known = context(neighbour);
  for (let tries = 1; ; tries += 1) {
    const before = counters();
    send();
    node.settle();
    const after = counters();
    const reckoned = reckonDrops(before, after, known);
    // The kernel counts these for the whole machine: another test's may have come in between.
    const foreign =
      (cpuRise(before.routing, after.routing, 'in_martian_src') > 0 && !martians) ||
      cpuRise(before.arp, after.arp, 'res_failed') > 0 ||
      reckoned.silent.some(({ namespace }) => !places.has(namespace));
    if (!foreign || tries === 5) return ours([...reckoned.drops, ...decided(reckoned, after, known)]);
  }
}

/** Nothing moved before; what has come since is looked at. */
function decided(reckoned: ReckonedDrops, after: CountersReading, known: DropContext): readonly DropEntry[] {
  if (reckoned.silent.length === 0) return [];
  const still = reckonDrops(after, after, known);
  let silence: Silence = noSilence;
  for (const { silent, multicast } of [still, reckoned])
    ({ silence } = decideSilent(silence, silent, multicast));
  return decideSilent(silence, [], reckonDrops(after, counters(), known).multicast).entries;
}

const sendAsA = (packet: Uint8Array): void => node.send('a', toPodB(packet));
