// What discovery-script.ts runs for its part `counters`: what a network namespace counts (proc(5): /proc/PID/net/snmp, netstat,
// snmp6, dev; Documentation/networking/snmp_counter.rst), and what the whole node does. One read of /proc for all Pods.

/** Of some 250 numbers a namespace, those from which drops are reckoned (app/ledger). */
const columns = [
  'Ip: InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates OutTransmits',
  'Icmp: InErrors InCsumErrors InEchos OutRateLimitGlobal OutRateLimitHost OutDestUnreachs OutTimeExcds OutMsgs',
  'Tcp: InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors',
  'Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors MemErrors',
  'TcpExt: ListenOverflows ListenDrops IPReversePathFilter TCPAbortOnData TCPAbortOnClose TCPAbortOnLinger TCPBacklogDrop TCPReqQFullDrop TCPRcvQDrop TCPOFODrop TCPZeroWindowDrop TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure',
  'IpExt: InNoRoutes InTruncatedPkts OutMcastPkts InCsumErrors',
  'snmp6: Ip6InReceives Ip6InHdrErrors Ip6InTooBigErrors Ip6InNoRoutes Ip6InAddrErrors Ip6InUnknownProtos Ip6InTruncatedPkts Ip6InDiscards Ip6InDelivers Ip6OutForwDatagrams Ip6OutRequests Ip6OutDiscards Ip6OutNoRoutes Ip6ReasmFails Ip6FragFails Ip6OutTransmits Icmp6OutDestUnreachs Icmp6OutTimeExcds Icmp6InCsumErrors Icmp6InEchos Udp6InDatagrams Udp6NoPorts Udp6InErrors Udp6RcvbufErrors Udp6InCsumErrors Udp6OutDatagrams',
];

/** Expects `kernel_has`, `pids`, `list`, `unread` and the functions of the discovery script. */
export const countersScript = `
# snmp and netstat are pairs of lines, names and numbers: the names are printed once, of both only what is wanted.
chosen_columns='
  BEGIN {
    n = split("${columns.join(';')}", group, ";")
    for (g = 1; g <= n; g++) { m = split(group[g], name, " "); for (i = 2; i <= m; i++) wanted[name[1], name[i]] }
  }
  $1 == "==>" { print; kind = $2; sub(".*[/]", "", kind); names = 0; next }
  NF == 0 { next }
  kind == "snmp6" { if (("snmp6:", $1) in wanted) print $1, $2; next }
  kind != "snmp" && kind != "netstat" { if (!/\\|/) print; next }
  {
    names = !names
    if (names) {
      if ($1 in many) next
      for (i = 2; i <= NF; i++) if (($1, $i) in wanted) column[$1, ++many[$1]] = i
    }
    if (!many[$1]) next
    line = $1
    for (i = 1; i <= many[$1]; i++) line = line " " $(column[$1, i])
    print line
  }'
counters() {
  s=self/net/stat; n=sys/net/netfilter/nf_conntrack
  files="self/net/softnet_stat $s/nf_conntrack $s/rt_cache $s/arp_cache $s/ndisc_cache \${n}_count \${n}_max 2/comm"
  for p in self $pids; do
    files="$files $p/net/snmp $p/net/netstat $p/net/snmp6 $p/net/dev"
  done
  head -n 3000 $files 2>/dev/null | awk "$chosen_columns"
}
# Rules at devices, which no counter of IP knows. Their chains first: asked for more, nft goes through every rule of iptables.
device_hooks() {
  chains=$(within 5 nft list chains netdev && within 5 nft list chains inet) || return
  # A dash in front nft would take for an option.
  printf '%s\\n' "$chains" | awk '
    $1 == "table" { family = $2; table = $3; told = 0; next }
    / hook (in|e)gress / && !told++ {
      if (table ~ /^[A-Za-z_.][A-Za-z0-9_.-]*$/ && n++ < 20) print family, table; else lost++
    }
    END { if (lost) print "left", "out " lost }' |
    while read -r family table; do
      case $family in left) echo "$family $table";; *) within 5 nft -a -t list table $family "$table" </dev/null;; esac
    done | head -c 262144
}
# Filters of tc at devices that have a hook for them: one process for all of them, which ends at the first device that is gone meanwhile.
tc_filters() {
  hooks=$(tc qdisc show | awk '
    $1 != "qdisc" || ($2 != "clsact" && $2 != "ingress") { next }
    $5 !~ /^[A-Za-z0-9_.][A-Za-z0-9_.:-]*$/ || n++ >= 200 { lost++; next }
    { print "filter show dev " $5 " ingress"; if ($2 == "clsact") print "filter show dev " $5 " egress" }
    END { if (lost) print "left out " lost }')
  if [ -z "$hooks" ]; then return 0; fi
  printf '%s\\n\\n' "$hooks"
  printf '%s\\n' "$hooks" | grep -v '^left' | tc -s -j -batch - | head -c 524288
}
read_counters() {
  look_around
  shown='ls -ln /proc/[0-9]*/ns/net; cat /proc/[0-9]*/stat'
  section counted printf '%s\\n' "\${list%pids*}$unread"
  at=/proc/PID/net
  shown="head $at/snmp $at/netstat $at/snmp6 $at/dev /proc/net/softnet_stat /proc/net/stat/*"
  section counters counters
  if has ip; then section linkstats ip $j -s -s link show; fi
  if has tc; then
    section qdiscs tc -s $j qdisc show
    # Without JSON nobody knows which filter is whose.
    shown='tc -s -j filter show dev DEVICE ingress; tc -s -j filter show dev DEVICE egress'
    if [ -n "$j" ]; then section tcfilters tc_filters; fi
  fi
  if has nft && kernel_has nf_tables; then
    shown='nft list chains netdev; nft list chains inet; nft -a -t list table FAMILY NAME'
    section devicehooks device_hooks
  fi
}
`;
