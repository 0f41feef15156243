// What discovery-script.ts runs for its part `tracked`: connections of UDP whose destination was translated, as those to Services are.
// A node with many clients of DNS has ten thousand of them: awk on the node keeps one of each destination and whom it was
// translated to, the one that was used last, and says how many there are. Measured with 20,000 of them: 110 ms of the node's CPU, 40 of them the kernel's.

/** Destinations with an endpoint each that one reading tells. */
export const MOST_TRANSLATIONS = 200;

/** Expects `kernel_has` and the functions of the discovery script. */
export const trackedUdpScript = `
# net/netfilter/nf_conntrack_proto_udp.c: what is ASSURED lives for the time of a stream after each packet, all else for the other.
translated='
  $4 != 17 { next }
  {
    n = 0
    for (i = 6; i <= NF; i++) {
      value = $i; sub(/^[^=]*=/, "", value)
      if ($i ~ /^src=/) src[++n] = value
      if ($i ~ /^dst=/) dst[n] = value
      if ($i ~ /^sport=/) sport[n] = value
      if ($i ~ /^dport=/) dport[n] = value
    }
    if (n < 2 || (dst[1] == src[2] && dport[1] == sport[2])) next
    key = dst[1] " " dport[1] " " src[2] " " sport[2]
    if (!(key in count)) {
      if (kept == ${String(MOST_TRANSLATIONS)}) { beyond++; next }
      kept++
    }
    count[key]++
    quiet = (/\\[ASSURED\\]/ ? stream : plain) - $5
    if (!(key in line) || quiet < least[key]) { least[key] = quiet; line[key] = $0 }
  }
  END {
    for (key in line) print line[key], "entries=" count[key]
    if (beyond) print "beyond " beyond
  }'
last_used() { awk -v plain=$plain -v stream=$stream "$translated"; }
udp_by_tool() {
  for family in ipv4 ipv6; do within 5 conntrack -L -o extended -f $family -p udp || return; done
}
tracked_udp() {
  # Where no module of it is loaded there is no connection.
  if [ ! -e sys/net/netfilter/nf_conntrack_max ]; then return 0; fi
  # Numbers below sys are told by one read alone, and the shell's reads a byte at a time.
  set -- $(cat sys/net/netfilter/nf_conntrack_udp_timeout sys/net/netfilter/nf_conntrack_udp_timeout_stream)
  plain=\${1:-30} stream=\${2:-120}
  echo "timeouts $plain $stream"
  if [ -r net/nf_conntrack ] || { [ -e net/nf_conntrack ] && ! has conntrack; }; then
    within 5 awk -v plain=$plain -v stream=$stream "$translated" net/nf_conntrack
  elif kernel_has nf_conntrack_netlink; then through last_used udp_by_tool
  else echo 'nf_conntrack_netlink is not loaded' >&2; return 1; fi
}
read_tracked() {
  shown='conntrack -L -p udp --dst-nat'
  section tracked tracked_udp
}
`;
