// What discovery-script.ts runs for its part `tracked`: of the connections that the node's conntrack has those of UDP whose destination was
// translated, as those to Services are, and those of TCP that began lately and have not come about: each packet of them is sent again
// after 1, 2, 4 … seconds, and whether another node has seen it, that one's conntrack says. Beside them, between whose addresses others ended
// since: of what both ends have closed packets came through both ways, as of what is ESTABLISHED they need not (one end sends again and again).
// A node with many clients of DNS has ten thousand of the first: awk on the node keeps one of each destination and whom it was
// translated to, the one that was used last, and says how many there are. Measured with 20,000 of them: 110 ms of the node's CPU, 40 of them the kernel's;
// of a full table of 262,144 awk's part is 0.35 s (BusyBox's: 1.4 s), most of it for splitting lines.

/** Destinations with an endpoint each that one reading tells. */
export const MOST_TRANSLATIONS = 200;
/** The same of TCP that has no answer: whoever looks for open ports has any number. */
export const MOST_OPENING = 200;
/** Pairs of addresses between which connections ended. */
export const MOST_CLOSED = 100;
/** Of which awk keeps so many meanwhile. */
const MOST_PAIRS = 8192;
/** s. An answer comes by then. What was sent last before `lately` is of a client that has given up, and of no use; for some seconds more it is known that it was there. */
export const OPENING_S = { answered: 2, lately: 10, known: 20 };

/** Expects `kernel_has` and the functions of the discovery script. */
export const trackedScript = `
# net/netfilter/nf_conntrack_proto_udp.c: what is ASSURED lives for the time of a stream after each packet, all else for the other.
# nf_conntrack_proto_tcp.c: of TCP each state has its time, after each packet.
chosen='
  # On a busy node that is nearly all of them: no field more is looked at.
  $4 == 6 && $6 != "SYN_SENT" && $6 != "SYN_RECV" {
    if ($6 != "TIME_WAIT") next
    quiet = closed - $5
    if (quiet < 0 || quiet > ${String(OPENING_S.lately)}) next
  }
  $4 != 17 && $4 != 6 { next }
  {
    # src, dst, sport and dport as it began; those of its answer stand behind what is counted, and where there are zones.
    # What a flow table takes over has neither a time nor a state.
    i = $5 ~ /^src=/ ? 5 : $4 == 17 ? 6 : 7
    for (j = i + 4; j < NF && $j !~ /^src=/; j++);
    if (j + 3 > NF) next
  }
  $6 == "TIME_WAIT" {
    pair = $j " " $(j + 1)
    if (pair in ended) { if (quiet < ended[pair]) ended[pair] = quiet }
    else if (pairs++ < ${String(MOST_PAIRS)}) ended[pair] = quiet
    next
  }
  $4 == 17 {
    if (substr($(i + 1), 5) == substr($j, 5) && substr($(i + 3), 7) == substr($(j + 2), 7)) next
    key = $(i + 1) " " $(i + 3) " " $j " " $(j + 2)
    if (!(key in count)) {
      if (kept == ${String(MOST_TRANSLATIONS)}) { beyond++; next }
      kept++
    }
    quiet = (/\\[ASSURED\\]/ ? stream : plain) - $5
    if (!(key in line) || quiet < least[key]) { least[key] = quiet; line[key] = $0 }
  }
  $4 == 6 {
    quiet = ($6 == "SYN_SENT" ? sent : received) - $5
    if (quiet > ${String(OPENING_S.known)}) next
    key = $6 " " $i " " $j " " $(j + 2)
    if (!(key in count)) {
      if (opened == ${String(MOST_OPENING)}) { unopened++; next }
      opened++
    }
    rank = quiet > ${String(OPENING_S.lately)} ? -quiet : quiet
    if (!(key in line) || rank > best[key]) { best[key] = rank; line[key] = $0 }
    if ($6 == "SYN_SENT") { tries[substr($j, 5)]; tries[substr($(j + 1), 5)] }
    if (quiet < ${String(OPENING_S.answered)} || quiet > ${String(OPENING_S.lately)}) { count[key] += 0; next }
  }
  { count[key]++ }
  function tell_ended(least) {
    for (pair in ended) {
      split(pair, ends, /[ =]/)
      if ((ends[2] in tries) + (ends[4] in tries) == least && told++ < ${String(MOST_CLOSED)})
        print "closed " ended[pair] " " ends[2] " " ends[4]
    }
  }
  END {
    tell_ended(2); tell_ended(1)
    for (key in line) print line[key], "entries=" count[key]
    if (beyond) print "beyond " beyond
    if (unopened) print "unopened " unopened
  }'
choose_tracked() { awk -v plain=$plain -v stream=$stream -v sent=$sent -v received=$received -v closed=$closed "$chosen"; }
tracked_by_tool() {
  for family in ipv4 ipv6; do within 5 conntrack -L -o extended -f $family || return; done
}
tracked() {
  # Where no module of it is loaded there is no connection.
  if [ ! -e sys/net/netfilter/nf_conntrack_max ]; then return 0; fi
  # Numbers below sys are told by one read alone, and the shell's reads a byte at a time.
  t=sys/net/netfilter/nf_conntrack
  set -- $(cat \${t}_udp_timeout \${t}_udp_timeout_stream \${t}_tcp_timeout_syn_sent \${t}_tcp_timeout_syn_recv \${t}_tcp_timeout_time_wait)
  plain=\${1:-30} stream=\${2:-120} sent=\${3:-120} received=\${4:-60} closed=\${5:-120}
  echo "timeouts $plain $stream $sent $received"
  if [ -r net/nf_conntrack ] || { [ -e net/nf_conntrack ] && ! has conntrack; }; then
    within 5 awk -v plain=$plain -v stream=$stream -v sent=$sent -v received=$received -v closed=$closed "$chosen" net/nf_conntrack
  elif kernel_has nf_conntrack_netlink; then through choose_tracked tracked_by_tool
  else echo 'nf_conntrack_netlink is not loaded' >&2; return 1; fi
}
read_tracked() {
  shown='conntrack -L -p udp --dst-nat; conntrack -L -p tcp --state SYN_SENT; conntrack -L -p tcp --state SYN_RECV; conntrack -L -p tcp --state TIME_WAIT'
  section tracked tracked
}
`;
