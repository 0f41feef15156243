// Why a kernel drops a packet, in the operator's words; which counters prove it stands in reckon-*.ts (FIELD-NOTES §7).

export interface DropWords {
  readonly title: string;
  /** What who sent it sees. */
  readonly sender: string;
  /** Where to look next. */
  readonly look: string;
}

export const dropReasons = {
  'rp-filter': {
    title: 'Source address came in on the wrong interface (rp_filter)',
    sender: 'nothing',
    look: 'The route back to the source leaves by another interface: compare “ip route get SOURCE” with where it came in, or loosen rp_filter there.',
  },
  martian: {
    title: 'Impossible address (martian)',
    sender: 'nothing',
    look: 'Source or destination is a loopback, broadcast or own address: net.ipv4.conf.all.log_martians names it.',
  },
  'no-route': {
    title: 'No route to the destination',
    sender: 'network unreachable',
    look: 'A route is missing here: the routes of this namespace, and BGP where they come from it.',
  },
  blackhole: {
    title: 'A blackhole route swallowed it',
    sender: 'nothing',
    look: 'The more specific route that should win is missing: a Pod’s /32, or a peer’s block.',
  },
  'unreachable-route': {
    title: 'An unreachable or prohibit route refused it',
    sender: 'host unreachable or administratively prohibited',
    look: 'The routes of type unreachable or prohibit in this namespace, and the more specific one that should win.',
  },
  'forwarding-off': {
    title: 'Not for this host, and forwarding is off where it came in',
    sender: 'nothing',
    look: 'net.ipv4.ip_forward, and forwarding of the interface it came in on.',
  },
  'hop-limit': {
    title: 'Time to live ran out',
    sender: 'time exceeded',
    look: 'A routing loop: two nodes that each send this destination to the other. Or a traceroute.',
  },
  'bad-header': {
    title: 'Damaged IP header',
    sender: 'nothing',
    look: 'Header checksum or length is wrong: cabling, a NIC’s offloads, or a broken sender.',
  },
  'unknown-protocol': {
    title: 'IP protocol that nobody here takes',
    sender: 'protocol unreachable',
    look: 'Protocol 4 without an IPIP tunnel, or 47 without GRE: the tunnel device is missing.',
  },
  neighbour: {
    title: 'The next hop does not answer ARP',
    sender: 'host unreachable, after some 3 s',
    look: 'Neighbours in state FAILED; the next hop’s interface, its proxy_arp, or a wrong address.',
  },
  'other-mac': {
    title: 'Frame for another MAC address',
    sender: 'nothing',
    look: 'Who sends has a wrong neighbour entry for this interface’s address.',
  },
  'firewall-in': {
    title: 'Dropped without a word before it was delivered or routed',
    sender: 'nothing',
    look: 'A DROP rule in raw, mangle or nat PREROUTING, or in INPUT. At least so many: what may have been multicast that nobody joined is not among them.',
  },
  'silent-in': {
    title: 'Dropped before it was delivered or routed, or multicast that nobody joined',
    sender: 'nothing',
    look: 'The counters of DROP rules in PREROUTING and INPUT tell the one; a capture of multicast tells the other.',
  },
  'firewall-forward': {
    title: 'Dropped without a word on its way through or out',
    sender: 'nothing',
    look: 'A DROP rule in FORWARD or POSTROUTING, or OUTPUT for TCP: the firewall’s counters name the rule.',
  },
  'firewall-output': {
    title: 'Own packet not let out',
    sender: 'operation not permitted (EPERM)',
    look: 'A DROP rule in OUTPUT.',
  },
  reject: {
    title: 'Refused by a REJECT rule',
    sender: 'an ICMP error or a reset that claims to come from the destination',
    look: 'REJECT rules in FORWARD and INPUT: the firewall’s counters name the rule.',
  },
  qdisc: {
    title: 'Queue of the interface was full',
    sender: 'nothing',
    look: 'More is sent than the link takes, or a shaper limits it: tc -s qdisc.',
  },
  'tc-filter': {
    title: 'Dropped by a filter of tc at the interface',
    sender: 'nothing',
    look: 'The filters of that interface: tc -s filter show dev DEVICE ingress, and egress.',
  },
  'tc-program': {
    title: 'Dropped at a hook of tc, by eBPF or by a filter that does not tell',
    sender: 'nothing',
    look: 'Whose program it is: tc filter show dev DEVICE ingress, and egress. With Cilium or Calico’s eBPF it may be a policy; their own tools tell.',
  },
  'too-big': {
    title: 'Too big for the next link and not to be fragmented',
    sender: 'fragmentation needed, with the MTU',
    look: 'MTUs along the path, the tunnel’s overhead; if it repeats, the ICMP error does not arrive.',
  },
  reassembly: {
    title: 'Fragments that never became a packet',
    sender: 'nothing, or time exceeded',
    look: 'Fragments get lost or filtered on the way: MTUs, and firewalls that drop them.',
  },
  'peer-refused': {
    title: 'The other end of the veth did not take the frame',
    sender: 'nothing',
    look: 'The other end’s MTU is smaller than this one’s.',
  },
  'peer-down': {
    title: 'The other end of the veth is down',
    sender: 'host unreachable, once ARP has failed',
    look: 'The interface inside the Pod: is it up, is the Pod still there?',
  },
  'bad-checksum': {
    title: 'Wrong TCP, UDP or ICMP checksum',
    sender: 'nothing',
    look: 'Checksum offload of a NIC or tunnel (ethtool -k): with VXLAN, switch tx-checksum-ip-generic off.',
  },
  'conntrack-full': {
    title: 'Connection tracking refused it',
    sender: 'nothing',
    look: 'nf_conntrack_count against nf_conntrack_max; “table full” in the kernel log.',
  },
  'conntrack-insert': {
    title: 'Connection tracking lost a race',
    sender: 'nothing; DNS waits 5 s and asks again',
    look: 'Two packets of one new connection at once, mostly DNS over NAT: a node-local resolver avoids it.',
  },
  'tcp-no-socket': {
    title: 'TCP to a port where nobody listens',
    sender: 'connection refused (RST)',
    look: 'Is the program running, does it listen on that port, and not on 127.0.0.1 alone?',
  },
  'udp-no-socket': {
    title: 'UDP to a port where nobody listens',
    sender: 'port unreachable',
    look: 'Is the program running and bound to that address? On a node, port 4789 without its VXLAN device looks like this.',
  },
  backlog: {
    title: 'Program accepts connections too slowly (backlog full)',
    sender: 'its SYN is sent again and again',
    look: 'The listening socket whose queue is full, its backlog and net.core.somaxconn.',
  },
  'receive-buffer': {
    title: 'Program reads too slowly (receive buffer full)',
    sender: 'nothing',
    look: 'The socket whose queue is full, its buffer and net.core.rmem_max.',
  },
  'tcp-md5': {
    title: 'TCP segment with a wrong or missing MD5 signature',
    sender: 'nothing; the session stays in Connect or Active',
    look: 'BGP passwords of both ends.',
  },
  'vxlan-no-peer': {
    title: 'VXLAN knows no node for the destination',
    sender: 'nothing',
    look: 'Forwarding entries of the VXLAN device (bridge fdb): the peer’s is missing.',
  },
  'vxlan-stranger': {
    title: 'VXLAN of a wrong VNI, or with its own MAC (at most)',
    sender: 'nothing',
    look: 'VXLAN devices of both nodes (ip -d link): one VNI, but two MACs. UDP that programs receive without answering is counted, too.',
  },
  'hook-in': {
    title: 'Dropped by a rule at an interface, before IP saw it',
    sender: 'nothing',
    look: 'The ingress chain of that interface: nft list chains netdev, and inet.',
  },
  'hook-out': {
    title: 'Dropped by a rule at an interface, after IP had sent it',
    sender: 'nothing; programs on the node itself EPERM',
    look: 'The egress chain of that interface: nft list chains netdev.',
  },
  'own-no-route': {
    title: 'Own packet without a route',
    sender: 'network unreachable',
    look: 'The routes of this namespace.',
  },
  'no-route6': {
    title: 'No IPv6 route to the destination, or an unreachable one',
    sender: 'no route, or administratively prohibited',
    look: 'The IPv6 routes of this namespace.',
  },
  'too-big6': {
    title: 'IPv6: too big for the next link',
    sender: 'packet too big, with the MTU',
    look: 'MTUs along the path; if it repeats, the ICMPv6 error does not arrive.',
  },
  'hop-limit6': {
    title: 'IPv6: hop limit ran out, or damaged header',
    sender: 'time exceeded',
    look: 'A routing loop.',
  },
  'firewall-output6': {
    title: 'Own IPv6 packet not let out',
    sender: 'operation not permitted (EPERM)',
    look: 'A DROP rule in OUTPUT of ip6tables.',
  },
  softnet: {
    title: 'CPU had no room for more packets (softnet backlog)',
    sender: 'nothing',
    look: 'net.core.netdev_max_backlog, and whether one CPU takes all interrupts.',
  },
  'device-in': {
    title: 'Interface dropped what it received',
    sender: 'nothing',
    look: 'ethtool -S of the interface. Frames of a protocol that nobody here speaks (LLDP) count, too.',
  },
  'device-out': {
    title: 'Interface dropped what it should send',
    sender: 'nothing',
    look: 'State, carrier and queue of the interface: ip -s link.',
  },
  'neighbour-table': {
    title: 'Neighbour table full',
    sender: 'nothing, or no buffer space',
    look: 'net.ipv4.neigh.default.gc_thresh3 against the number of neighbours (ip neigh | wc -l).',
  },
  'neighbour-queue': {
    title: 'Too many packets waited for one ARP answer',
    sender: 'nothing',
    look: 'The next hop that answers late or not at all.',
  },
} as const satisfies Record<string, DropWords>;

export type DropReason = keyof typeof dropReasons;
