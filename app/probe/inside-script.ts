// What discovery-script.ts runs for its part `inside`: the network of single processes as one sees it from within (nsenter: setns(2)
// on /proc/PID/ns/net), in full. Which processes stands among the parts, as words `pid1234`: so the root wrapper takes them as it takes
// parts. A Pod may hold as many routes as it likes, so that what each tool says is cut.

import { INSIDE_BYTES } from './firewall-script.ts';
import { MOST_SOCKETS } from './settings-script.ts';

/** Each costs a node some 40 ms of CPU, 7 of which tell that it has no filters: a diagnosis looks into many, once, a window into the one that is selected. */
export const MOST_INSIDE = 50;

/** s for the filters of one Pod, which has some 50 ms of them, and of all: a reading has 20, and a node and its other Pods want theirs. */
const FILTERS_S = { ofOne: 3, ofAll: 8 };

/** Asked of the namespace itself; what is not there is left out. */
const sysctls = [
  'sys/net/ipv4/ip_forward sys/net/ipv4/icmp_echo_ignore_all sys/net/ipv4/ip_local_port_range sys/net/ipv6/bindv6only sys/net/core/somaxconn sys/net/ipv4/conf/*/forwarding',
  'sys/net/ipv4/conf/*/rp_filter sys/net/ipv4/conf/*/accept_local sys/net/ipv4/conf/*/route_localnet sys/net/ipv4/conf/*/src_valid_mark',
  'sys/net/ipv4/conf/*/arp_ignore sys/net/ipv6/conf/*/forwarding sys/net/ipv6/conf/*/disable_ipv6 sys/net/ipv6/conf/*/accept_ra',
].join(' ');

/** Expects `sockets_of`, `j`, `details`, `filtersScript` and the functions of the discovery script. */
export const insideScript = `
inside_who() { nsenter -t $p -n -- readlink /proc/self/ns/net && cat $p/stat; }
inside() { through 'head -c ${String(INSIDE_BYTES)}' nsenter -t $p -n -- "$@"; }
# ask_inside NAME COMMAND...
ask_inside() {
  fact=$1; shift
  shown="nsenter -t $p -n -- $*"
  section inside:$p:$fact inside "$@"
}
# Nearly every Pod has none: two files and one listing tell, before what it takes to read them.
filters_inside() {
  enter="nsenter -t $p -n --"; net=$p/net; of=inside:$p:
  tick; filters_end=$((\${now%.*} + ${String(FILTERS_S.ofOne)}))
  if [ $filters_end -gt $insides_end ]; then filters_end=$insides_end; fi
  found=$(cat $net/ip_tables_names $net/ip6_tables_names 2>/dev/null)
  if kernel_has nf_tables && { ! has nft || [ -n "$(there nft list tables 2>&1 | head -c 1000)" ]; }; then found=some; fi
  if [ -n "$found" ]; then found=$(filters); else found=none; fi
  shown="$enter nft list tables; cat /proc/$p/net/ip_tables_names /proc/$p/net/ip6_tables_names"
  section inside:$p:filters printf '%s\\n' "$found"
  if [ "$found" != none ]; then read_filters; fi
}
# The kubelet's file of a container, which has it mounted: a process with the host's mounts has the host's. What somebody in the
# container has put in its place is not followed, not waited for, and not read beyond what such a file needs.
resolver_of() {
  if [ $1/ns/mnt -ef 1/ns/mnt ] || ! grep -qsE '^([^ ]+ ){4}/etc/resolv\\.conf ' $1/mountinfo; then return 0; fi
  within 2 sh -c '
    f=$1/root/etc/resolv.conf
    if [ -L $1/root/etc ] || [ -L $f ] || [ ! -f $f ]; then exit 0; fi
    head -c 4096 $f | grep -E -m 3 "^nameserver[[:space:]]+[0-9A-Fa-f.:]{2,45}"
    [ $? -le 1 ]' sh $1
}
look_inside() {
  shown="nsenter -t $p -n -- readlink /proc/self/ns/net; cat /proc/$p/stat"
  section inside:$p:who inside_who
  if [ $status != 0 ]; then return; fi
  ask_inside links ip $j $details addr show
  ask_inside routes4 ip $j -4 route show table all
  ask_inside routes6 ip $j -6 route show table all
  ask_inside rules4 ip $j -4 rule show
  ask_inside rules6 ip $j -6 rule show
  ask_inside neighbours ip $j \${details:+-s} neigh show
  # The files are those of whoever opens the folder.
  shown="nsenter -t $p -n -- grep -sH '' /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/rp_filter …"
  section inside:$p:settings inside sh -c 'cd /proc && grep -sH "" /dev/null ${sysctls}; true'
  shown="head -n ${String(MOST_SOCKETS + 2)} /proc/$p/net/tcp /proc/$p/net/tcp6 /proc/$p/net/udp /proc/$p/net/udp6"
  section inside:$p:sockets sockets_of $p
  shown="grep -E '^nameserver' /proc/$p/root/etc/resolv.conf"
  section inside:$p:resolver resolver_of $p
  filters_inside
  # The number may have become another process's meanwhile.
  shown="cat /proc/$p/stat"
  section inside:$p:still cat $p/stat
}
read_inside() {
  asked=; n=0
  for w in $parts; do
    case $w in pid|pid*[!0-9]*) continue;; pid*) ;; *) continue;; esac
    n=$((n + 1))
    if [ $n -gt ${String(MOST_INSIDE)} ]; then break; fi
    asked="$asked \${w#pid}"
  done
  shown='ls /proc/PID/ns/net'
  section insides printf '%s\\n' "$asked"
  tick; insides_end=$((\${now%.*} + ${String(FILTERS_S.ofAll)}))
  for p in $asked; do look_inside; done
}
`;
