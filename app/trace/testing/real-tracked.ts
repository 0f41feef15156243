// For tests on the real kernel: connections through a router whose rules change afterwards, what conntrack lists of them then, and where
// the next packet of each really goes. Needs root.
import { execFileSync } from 'node:child_process';
import { conntrackScript } from '../../probe/conntrack-script.ts';
import type { PrintedNamespace } from './namespace-of.ts';

export const NONCE = 'a1b2c3d4e5f6a7b8';

export interface TrackedTruth {
  readonly printed: PrintedNamespace;
  /** What conntrackScript printed, by conntrack(8) and by /proc. */
  readonly byTool: string;
  readonly byFile: string;
  /** Of each source port in order, by which name of `seen` its packet left the router; empty: it did not. */
  readonly left: ReadonlyMap<number, string>;
}

/** A packet of source port N to the Service; an answer is awaited where there will be one. */
const SEND = `
  use strict; use warnings; use Socket;
  my ($sport, $answered) = @ARGV;
  socket(my $s, PF_INET, SOCK_DGRAM, 17) or die "socket: $!";
  bind($s, pack_sockaddr_in($sport, inet_aton("10.0.0.2"))) or die "bind: $!";
  send($s, "x", 0, pack_sockaddr_in(53, inet_aton("10.96.0.10"))) or die "send: $!";
  local $SIG{ALRM} = sub { die "no answer to $sport\\n" };
  alarm 10;
  if ($answered) { recv($s, my $got, 10, 0) // die "recv: $!" }
`;
const ANSWER = `
  use strict; use warnings; use Socket;
  socket(my $s, PF_INET, SOCK_DGRAM, 17) or die "socket: $!";
  bind($s, pack_sockaddr_in(9999, inet_aton("10.0.1.2"))) or die "bind: $!";
  open(my $ready, ">", "/run/ready"); close $ready;
  while (my $from = recv($s, my $got, 10, 0)) { send($s, "y", 0, $from) }
`;

const MAKE = `
set -e
mount -t tmpfs none /run; mkdir /run/netns
for n in r p q; do ip netns add $n; in="nsenter --net=/run/netns/$n"; $in sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; ip link set lo up'; done
nsenter --net=/run/netns/r sh -ec '
  echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 0 >/proc/sys/net/ipv4/conf/default/rp_filter
  ip link add r0 address 02:00:00:00:01:00 type veth peer name p0 address 02:00:00:00:00:01 netns p
  ip link add r1 address 02:00:00:00:01:01 type veth peer name q0 address 02:00:00:00:00:02 netns q
  for d in r0 r1; do ip link set $d addrgenmode none up; done
  ip addr add 10.0.0.1/24 dev r0; ip addr add 10.0.1.1/24 dev r1
  for a in 3 77; do ip neigh add 10.0.1.$a lladdr 02:00:00:00:00:02 dev r1 nud permanent; done
'
nsenter --net=/run/netns/p sh -ec 'ip addr add 10.0.0.2/24 dev p0; ip link set p0 up; ip route add default via 10.0.0.1'
nsenter --net=/run/netns/q sh -ec 'ip addr add 10.0.1.2/24 dev q0; ip link set q0 up; ip route add default via 10.0.1.1'
nsenter --net=/run/netns/q perl -e "$ANSWER" & answering=$!
trap 'kill $answering' EXIT
while [ ! -e /run/ready ]; do sleep 0.01; done
go() { nsenter --net=/run/netns/p taskset 1 perl -e "$SEND" $1 $2; }
say() { echo "@@$1"; }
`;

/** `seen` counts what leaves, and is the last to see it. */
const SEEN = `
nft add table ip seen; nft 'add chain ip seen post { type filter hook postrouting priority 300; }'
for n in 2 3 77; do nft add counter ip seen to$n; nft add rule ip seen post ip daddr 10.0.1.$n counter name to$n; done
`;

export interface TrackedCase {
  readonly sport: number;
  /** `answered`, `unanswered`; null: the connection begins after the change. */
  readonly begun: 'answered' | 'unanswered' | null;
}

/** @param before, after lines of nft, which run in the router's namespace. */
export function runTracked(cases: readonly TrackedCase[], before: string, after: string): TrackedTruth {
  const script = conntrackScript(NONCE, [
    { pid: null, inode: 0, family: 4, protocol: 17, source: '10.0.0.2', destination: '10.96.0.10' },
  ]);
  if (!script.ok) throw new Error(script.failure);
  const input = `${MAKE}
cat >/run/by-tool <<'TOOL_EOF'
${script.value}
TOOL_EOF
sed 's/has conntrack /has conntrack-that-is-not-there /' /run/by-tool >/run/by-file
cat >/run/before <<'LINES_EOF'
set -e
${SEEN}${before}
LINES_EOF
cat >/run/after <<'LINES_EOF'
set -e
${after}
LINES_EOF
cat >/run/read <<'LINES_EOF'
set -e
echo @@ip; ip -j -d addr show; printf '%s\\n' 'route show table all' 'rule show' 'neigh show' | ip -j -d -4 -batch -
echo @@sysctls; (cd /proc; grep -sH '' sys/net/ipv4/conf/*/forwarding sys/net/ipv4/conf/*/rp_filter)
echo @@nft; nft -j list ruleset
echo @@by-tool; sh /run/by-tool
echo @@by-file; sh /run/by-file
LINES_EOF
in_r="nsenter --net=/run/netns/r"
$in_r sh /run/before
${cases.flatMap(({ sport, begun }) => (begun === null ? [] : [`go ${String(sport)} ${begun === 'answered' ? '1' : '0'}`])).join('\n')}
$in_r sh /run/after
$in_r sh /run/read
${cases.map(({ sport }) => `$in_r nft reset counters >/dev/null; go ${String(sport)} 0; say left-${String(sport)}; $in_r nft list counters`).join('\n')}
`;
  const output = execFileSync('unshare', ['-n', '-m', 'sh', '-s'], {
    input,
    encoding: 'utf8',
    env: { ...process.env, SEND, ANSWER },
    timeout: 60_000,
  });
  const sections = new Map(
    output.split(/^@@/m).map((section): [string, string] => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end + 1)];
    }),
  );
  const text = (name: string): string => sections.get(name) ?? '';
  const [addresses = '', routes4 = '', rules4 = '', neighbours = ''] = text('ip').split('\n');
  return {
    printed: {
      ...{ name: 'router', addresses, routes4, rules4, neighbours, sysctls: text('sysctls') },
      nft: text('nft'),
      sockets: '',
    },
    byTool: text('by-tool'),
    byFile: text('by-file'),
    left: new Map(cases.map(({ sport }) => [sport, counted(text(`left-${String(sport)}`))])),
  };
}

function counted(listing: string): string {
  return [...listing.matchAll(/counter to(\d+) \{\s*packets (\d+) /g)]
    .flatMap(([, name = '', packets]) => (packets === '0' ? [] : [`10.0.1.${name}`]))
    .join(', ');
}
