// A router of namespaces on the real kernel: a sender before it, a receiver behind it. Each case changes something, is read as one
// reads a node, gets one packet, and is undone; what moved in the router's counters tells what became of the packet. Needs root.
import { execFileSync } from 'node:child_process';
import { CHAIN_DEVICES } from '../../probe/firewall-script.ts';
import type { PrintedNamespace } from './namespace-of.ts';

/** MAC addresses of the router's devices, of the sender and the receiver. */
export const ROUTER_MACS = {
  r0: '02:00:00:00:01:00',
  r1: '02:00:00:00:01:01',
  br0: '02:00:00:00:01:03',
  sender: '02:00:00:00:00:01',
  receiver: '02:00:00:00:00:02',
} satisfies Readonly<Record<string, string>>;

export interface RealCase {
  readonly name: string;
  readonly family: 4 | 6;
  /** Lines of shell in the router's namespace. */
  readonly setUp: string;
  readonly undo: string;
  /** Out of the sender's device: its wire to the router, or that to a port of the router's bridge. */
  readonly frame: Uint8Array;
  readonly to?: 'bridge';
}

export interface RealResult {
  readonly printed: PrintedNamespace;
  /** By name, what rose with the packet: `tx r1`, `Ip InAddrErrors`, `Ip6 Ip6InNoRoutes`. */
  readonly rose: ReadonlyMap<string, number>;
  /** Whether the frame was answered (ARP). */
  readonly answered: boolean;
}

/**
 * Sends frame after frame out of the device of its namespace. Each is followed by a question that the router always answers: when its answer
 * is there, the frame has had its fate, since all is done by one processor in order.
 */
const SEND = `
  use strict; use warnings;
  my ($index, $out, $frame, $control) = @ARGV;
  sub through { return pack("S n l S C C a8", 17, 0x0806, $_[0], 0, 0, 6, "") }
  socket(my $socket, 17, 3, unpack("S", pack("n", 0x0806))) or die "socket: $!";
  bind($socket, through($index)) or die "bind: $!";
  my $asked = substr(pack("H*", $frame), 38, 4);
  send($socket, pack("H*", $frame), 0, through($out)) or die "send: $!";
  send($socket, pack("H*", $control), 0, through($index)) or die "send: $!";
  my $answered = 0;
  local $SIG{ALRM} = sub { die "no answer to the control\\n" };
  alarm 20;
  while (1) {
    recv($socket, my $got, 2000, 0) // die "recv: $!";
    next if unpack("n", substr($got, 12, 2)) != 0x0806 or unpack("n", substr($got, 20, 2)) != 2;
    last if substr($got, 28, 4) eq pack("C4", 10, 0, 0, 254);
    $answered = 1 if substr($got, 28, 4) eq $asked;
  }
  print "$answered\\n";
`;

const READ = `
say() { echo "@@$1"; }
# state FAMILY [nft]: ip prints an array a line.
state() {
  say ip; ip -j -d addr show; printf '%s\n' 'route show table all' 'rule show' 'neigh show' | ip -j -d -$1 -batch -
  say sysctls; (cd /proc; grep -sH '' sys/net/bridge/bridge-nf-call-iptables sys/net/ipv4/conf/*/forwarding sys/net/ipv4/conf/*/rp_filter sys/net/ipv4/conf/*/accept_local sys/net/ipv4/conf/*/route_localnet sys/net/ipv4/conf/*/proxy_arp sys/net/ipv4/conf/*/proxy_arp_pvlan sys/net/ipv4/conf/*/arp_ignore sys/net/ipv4/conf/*/arp_filter sys/net/ipv6/conf/*/forwarding sys/net/ipv6/conf/*/disable_ipv6)
  if [ "$2" = nft ]; then say nft; nft list chains | awk '${CHAIN_DEVICES}'; nft -j list ruleset; fi
}
counted() {
  say "$1"
  awk '/:/ { sub(":", " "); if ($1 ~ /^(r[0-9]|bq)$/) print "tx " $1, $11 }' /proc/self/net/dev
  awk '$1 == head { for (n = 2; n <= NF; n++) { sub(":", "", $1); print $1 " " name[n], $n }; head = ""; next } { head = $1; split($0, name) }' /proc/self/net/snmp /proc/self/net/netstat
  awk '{ print "Ip6 " $1, $2 }' /proc/self/net/snmp6
}
`;

const MAKE = `
set -e
mount -t tmpfs none /run; mkdir /run/netns
for n in r p q; do ip netns add $n; nsenter --net=/run/netns/$n sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad; ip link set lo up'; done
nsenter --net=/run/netns/r sh -c '
  echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit
  echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 0 >/proc/sys/net/ipv4/conf/default/rp_filter
  ip link add r0 address ${ROUTER_MACS.r0} type veth peer name p0 address ${ROUTER_MACS.sender} netns p
  ip link add r1 address ${ROUTER_MACS.r1} type veth peer name q0 address ${ROUTER_MACS.receiver} netns q
  for d in r0 r1; do ip link set $d addrgenmode none up; done
  ip link add br0 address ${ROUTER_MACS.br0} type bridge; ip link add bp type veth peer name p1 netns p; ip link add bq type veth peer name q1 netns q
  for d in bp bq; do ip link set $d master br0 up; done; ip link set br0 up; ip addr add 10.3.0.1/24 dev br0; ip neigh add 10.3.0.2 lladdr ${ROUTER_MACS.sender} dev br0 nud permanent
  ip addr add 10.0.0.1/24 dev r0; ip addr add 10.0.0.254/32 dev r0; ip addr add 10.0.1.1/24 dev r1
  echo 0 >/proc/sys/net/ipv4/neigh/r0/proxy_delay
  # Nobody is asked for: a question that is repeated later would be counted with another case.
  ip neigh add 10.0.1.77 lladdr ${ROUTER_MACS.receiver} dev r1 nud permanent; ip neigh add 10.0.0.77 lladdr ${ROUTER_MACS.sender} dev r0 nud permanent
  ip neigh add 10.0.1.2 lladdr ${ROUTER_MACS.receiver} dev r1 nud permanent; ip neigh add 10.0.0.2 lladdr ${ROUTER_MACS.sender} dev r0 nud permanent
'
nsenter --net=/run/netns/p sh -c 'ip link set p0 up; ip link set p1 up'
nsenter --net=/run/netns/q sh -c 'ip link set q0 up; ip link set q1 up'
`;

/** IPv6 on both devices: what a router says of itself then would be counted with IPv4's packets. */
export const WITH_IPV6 = `
  for d in r0 r1; do echo 0 >/proc/sys/net/ipv6/conf/$d/disable_ipv6; done
  ip addr replace fd00:0::1/64 dev r0 nodad; ip addr replace fd00:1::1/64 dev r1 nodad
  ip neigh replace fd00:1::2 lladdr ${ROUTER_MACS.receiver} dev r1 nud permanent; ip neigh replace fd00:0::2 lladdr ${ROUTER_MACS.sender} dev r0 nud permanent
`;

/** @param control the question for 10.0.0.254 from 10.0.0.2. */
export function runCases(cases: readonly RealCase[], control: Uint8Array): RealResult[] {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const steps = cases.map(({ setUp, undo, frame, family, to }) =>
    [
      'say case',
      setUp,
      `state ${family} ${setUp.includes('nft ') ? 'nft' : ''}`,
      'counted before',
      `say answered; nsenter --net=/run/netns/p taskset 1 perl -e "$SEND" $p0 ${to === 'bridge' ? '$p1' : '$p0'} ${hex(frame)} ${hex(control)}`,
      'counted after',
      undo,
    ].join('\n'),
  );
  const script = `${MAKE}
    index() { nsenter --net=/run/netns/p cat /proc/self/net/dev_mcast | awk -v name=$1 '$2 == name { print $1; exit }'; }
    p0=$(index p0); p1=$(index p1); export SEND p0 p1
    cat >/run/cases <<'EOF'
set -e
${READ}
${steps.join('\n')}
EOF
    nsenter --net=/run/netns/r taskset 1 sh /run/cases`;
  const output = execFileSync('unshare', ['-n', '-m', 'sh', '-s'], {
    input: script,
    encoding: 'utf8',
    env: { ...process.env, SEND },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  });
  const [, ...parts] = output.split('@@case\n');
  if (parts.length !== cases.length) throw new Error(`${parts.length} of ${cases.length} cases ran`);
  return parts.map((part, at) => resultOf(part, cases[at]?.family ?? 4));
}

function resultOf(part: string, family: 4 | 6): RealResult {
  const sections = new Map(
    part.split(/^@@/m).map((section): [string, string] => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end + 1)];
    }),
  );
  const text = (name: string): string => sections.get(name) ?? '';
  const before = countsOf(text('before'));
  const rose = new Map<string, number>();
  for (const [name, value] of countsOf(text('after'))) {
    const rise = value - (before.get(name) ?? 0);
    if (rise > 0) rose.set(name, rise);
  }
  const [addresses = '', routes = '', rules = '', neighbours = ''] = text('ip').split('\n');
  const nft = text('nft');
  return {
    printed: {
      name: 'router',
      addresses,
      ...(family === 4 ? { routes4: routes, rules4: rules } : { routes6: routes, rules6: rules }),
      neighbours,
      sysctls: text('sysctls'),
      nft: nft === '' ? '{"nftables":[]}' : nft,
      sockets: '',
    },
    rose,
    answered: text('answered').trim() === '1',
  };
}

function countsOf(text: string): Map<string, number> {
  return new Map(
    text.split('\n').flatMap((line): [string, number][] => {
      const at = line.lastIndexOf(' ');
      return at < 0 ? [] : [[line.slice(0, at), Number(line.slice(at + 1))]];
    }),
  );
}
