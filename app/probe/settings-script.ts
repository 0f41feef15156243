// What discovery-script.ts runs for its part `settings`: sysctls that decide over packets (Documentation/networking/ip-sysctl.rst), of
// each interface and not of `all` alone, offloads, WireGuard, Felix's settings, who listens, and which peers' BGP has a password. Never
// sysctl -a, never a key: `wg show all dump` would print the private ones, and what ss prints of keys is cut off on the node.

/** Read of every interface, and of `all` and `default`. Globs: a list of a thousand files that sh puts together costs 100 ms. */
const eachInterface = [
  ...'forwarding rp_filter proxy_arp accept_local route_localnet src_valid_mark'
    .split(' ')
    .map((file) => `sys/net/ipv4/conf/*/${file}`),
  'sys/net/ipv4/neigh/*/proxy_delay',
  ...'forwarding force_forwarding proxy_ndp disable_ipv6'
    .split(' ')
    .map((file) => `sys/net/ipv6/conf/*/${file}`),
].join(' ');

/** Read of `all`, `default` and what leads out of the node: among its Pods nobody sets them. */
const outward = [
  ...'arp_ignore arp_filter arp_announce send_redirects'.split(' ').map((file) => `ipv4/conf/$d/${file}`),
  'ipv6/conf/$d/accept_ra',
]
  .map((path) => `sys/net/${path}`)
  .join(' ');

const once = [
  'ipv4/ip_forward ipv4/ip_local_port_range ipv4/ip_nonlocal_bind ipv4/icmp_ratelimit ipv4/icmp_echo_ignore_all ipv6/bindv6only ipv4/fib_multipath_hash_policy',
  'ipv4/tcp_max_syn_backlog ipv4/tcp_syncookies ipv4/tcp_rmem ipv4/udp_mem ipv4/route/max_size ipv6/route/max_size',
  'ipv4/neigh/default/gc_thresh1 ipv4/neigh/default/gc_thresh2 ipv4/neigh/default/gc_thresh3',
  'ipv6/neigh/default/gc_thresh1 ipv6/neigh/default/gc_thresh2 ipv6/neigh/default/gc_thresh3',
  'core/somaxconn core/netdev_max_backlog core/rmem_max core/wmem_max core/rmem_default bridge/bridge-nf-call-iptables bridge/bridge-nf-call-ip6tables',
  'netfilter/nf_conntrack_max netfilter/nf_conntrack_buckets netfilter/nf_conntrack_count netfilter/nf_conntrack_tcp_be_liberal netfilter/nf_conntrack_tcp_loose',
]
  .join(' ')
  .replaceAll(/(?<=^| )/g, 'sys/net/');

/** Felix's environment may hold secrets of its datastore: only these names are let through. */
export const FELIX_SETTINGS = [
  'FELIX_BPFENABLED',
  'FELIX_CHAININSERTMODE',
  'FELIX_DEFAULTENDPOINTTOHOSTACTION',
  'FELIX_DEVICEROUTEPROTOCOL',
  'FELIX_DEVICEROUTESOURCEADDRESS',
  'FELIX_FEATUREDETECTOVERRIDE',
  'FELIX_HEALTHENABLED',
  'FELIX_IGNORELOOSERPF',
  'FELIX_INTERFACEPREFIX',
  'FELIX_IPINIPENABLED',
  'FELIX_IPINIPMTU',
  'FELIX_IPTABLESBACKEND',
  'FELIX_IPTABLESFILTERALLOWACTION',
  'FELIX_IPTABLESMANGLEALLOWACTION',
  'FELIX_IPTABLESREFRESHINTERVAL',
  'FELIX_IPV6SUPPORT',
  'FELIX_LOGSEVERITYSCREEN',
  'FELIX_MTUIFACEPATTERN',
  'FELIX_NATPORTRANGE',
  'FELIX_PROGRAMROUTES',
  'FELIX_REMOVEEXTERNALROUTES',
  'FELIX_ROUTEREFRESHINTERVAL',
  'FELIX_VXLANENABLED',
  'FELIX_VXLANMTU',
  'FELIX_VXLANPORT',
  'FELIX_VXLANVNI',
  'FELIX_WIREGUARDENABLED',
  'FELIX_WIREGUARDMTU',
  'CALICO_IPV4POOL_CIDR',
  'CALICO_IPV4POOL_IPIP',
  'CALICO_IPV4POOL_VXLAN',
  'CALICO_NETWORKING_BACKEND',
  'CLUSTER_TYPE',
  'IP',
  'IP6',
  'IP_AUTODETECTION_METHOD',
  'IP6_AUTODETECTION_METHOD',
  'NODENAME',
] as const;

/** Of each table of a namespace; a line `cut` says that there are more. A node's resolver may hold hundreds for UDP. */
export const MOST_SOCKETS = 1000;

/**
 * Those that listen stand first in /proc/net/tcp; after them the kernel walks its one table of connections, 3 ms. Of connections those
 * that are sent again what nobody answers (net/ipv4/tcp_ipv4.c get_tcp4_sock: timer 1, and how often).
 */
export const socketsScript = `
sockets_of() {
  head -n ${String(MOST_SOCKETS + 2)} $1/net/tcp $1/net/tcp6 $1/net/udp $1/net/udp6 2>/dev/null | awk '
    $1 == "==>" { print; lines = 0; udp = $2 ~ /udp/; next }
    NF == 0 { next }
    # One of heading. Of UDP those that wait stand among the connected ones.
    ++lines > ${String(MOST_SOCKETS + 1)} { if (udp || $4 == "0A") print "cut"; next }
    $4 == "0A" { split($5, queue, ":"); print $2, queue[2], $10 }
    !udp && ($4 == "01" || $4 == "02") && $6 ~ /^01:/ && $7 != "00000000" { print "unanswered", $2, $3, $4, $7 }
    $4 == "07" { split($5, queue, ":"); print $2, queue[2], $10, $NF }'
}
`;

/** Expects the functions of a framed script. */
export const keyedPeersScript = `
# The kernel tells keys to whoever may administer the network (bit 12), and tells others of none: net/ipv4/tcp_diag.c.
may_see_keys() {
  while read -r key value; do
    case $key in CapEff:) case $value in *[13579bdf]???) return 0;; esac;; esac
  done <self/status
  return 1
}
# Kernels tell keys since 4.14, ss prints them since 4.15 (ss180129): of an older one silence means nothing.
shows_keys() {
  read -r v <sys/kernel/osrelease
  case $v in [0-3].*|4.[0-9].*|4.1[0-3].*) return 1;; esac
  case $(ss -V 2>&1) in *iproute2-ss1[0-7]*) return 1;; *iproute2-ss[1-9]*|*iproute2-[5-9]*|*iproute2-[1-9][0-9]*) return 0;; esac
  return 1
}
# "md5keys:10.0.0.2/32=KEY,10.0.0.3/32=KEY"; no key holds a comma or a space, ss escapes them.
keyed_peers() {
  through keyed_prefixes within 2 ss -Htnil
}
keyed_prefixes() {
  awk '{
    for (i = 1; i <= NF; i++) if (sub(/^md5keys:/, "", $i)) {
      n = split($i, keys, ",")
      for (j = 1; j <= n; j++) { sub(/=.*/, "", keys[j]); if (keys[j] ~ /^[0-9a-f.:]+\\/[0-9]+$/) print keys[j] }
    }
  }'
}
`;

/** Expects `programs`, `sockets_of`, `keyed_peers`, `standing` and the functions of the discovery script. */
export const settingsScript = `
proc_sys() {
  files=
  for d in all default $leading; do files="$files ${outward}"; done
  grep -sH '' /dev/null ${once} ${eachInterface} $files
  return 0
}
# What leads out of the node: hardware, tunnels, bonds, and where the default route goes. Eight at most.
lead_out() {
  c=/sys/class/net
  { for d in $c/*; do if [ -e "$d/device" ]; then echo "$d"; fi; done
    grep -lsE '^DEVTYPE=(vxlan|geneve|bond|wireguard)$|^(768|778)$' $c/*/uevent $c/*/type
    # The default route comes first, whatever follows.
    head -n 20 self/net/route
  } 2>/dev/null | awk '
    /^[/]/ { split($0, at, "/"); name = at[5] }
    !/^[/]/ { if ($2 != "00000000") next; name = $1 }
    # Tools know no end of options, and the shell would take one for a pattern.
    name !~ /^-|[*?[]/ && !(name in seen) && n++ < 8 { seen[name]; print name }'
}
offloads() {
  for d in $leading; do
    echo "device $d"
    ethtool -k "$d"
  # A device that went meanwhile, or has no such lines, is none of ours to complain of.
  done | grep -E '^device |^[[:space:]]*(rx-checksumming|tx-checksumming|tx-checksum-ip-generic|tcp-segmentation-offload|generic-segmentation-offload|generic-receive-offload|large-receive-offload|tx-udp_tnl-segmentation|tx-udp_tnl-csum-segmentation|tx-checksum-ipv4|rx-gro-list):'
  return 0
}
wireguard() {
  for what in listen-port fwmark endpoints allowed-ips latest-handshakes transfer; do
    echo "show $what"
    within 2 wg show all $what || return
  done
}
felix() {
  name_programs
  ours=
  for c in $programs; do
    case $c in *:calico-node) ;; *) continue;; esac
    p=\${c%%/*}
    if [ -z "$ours" ]; then ours=$(standing self); fi
    if [ "$(standing $p 2>/dev/null)" = "$ours" ]; then
      tr '\\000' '\\n' <$p/environ | grep -E '^(${FELIX_SETTINGS.join('|')})='
      return 0
    fi
  done
  return 0
}
read_settings() {
  leading=$(lead_out)
  shown="grep -sH '' /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/accept_local …"
  section procsys proc_sys
  if has ethtool; then shown='ethtool -k DEVICE'; section offloads offloads; fi
  if has wg && grep -qs DEVTYPE=wireguard /sys/class/net/*/uevent; then
    shown='wg show all endpoints; wg show all allowed-ips; wg show all latest-handshakes; wg show all transfer'
    section wireguard wireguard
  fi
  shown="tr '\\\\000' '\\\\n' </proc/PID/environ | grep ^FELIX_"
  section felix felix
  shown='head -n ${String(MOST_SOCKETS + 2)} /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6'
  section sockets sockets_of self
  # Where a daemon of BGP runs: elsewhere nothing asks.
  name_programs
  case $programs in *:bird*|*:gobgpd*)
    if has ss && may_see_keys && shows_keys; then
      shown="ss -Htnil | grep -oE '[:,][0-9a-f.:]+/[0-9]+='"
      section keyedpeers keyed_peers
    fi;;
  esac
}
`;
