// What healthy clusters have that looks like a fault (FIELD-NOTES §8, and what is found on hosts beside it): each is set up on a lab's
// nodes by sh, and undone.
import type { Lab } from './lab.ts';

export interface HealthyVariant {
  readonly name: string;
  /** Lab modes in which it can be; left out: each. */
  readonly modes?: readonly string[];
  /** The node it is on; left out: every node. */
  readonly node?: string;
  /** Lines of sh, as root on the node; `pod NAME COMMAND …` runs inside one of its Pods, `address NAME` and `cable NAME` are its. */
  readonly set: string;
  readonly undo: string;
}

const NODES = ['k8s-master', 'k8s-worker-1', 'k8s-worker-2'];
const WORKER = 'k8s-worker-1';
const CALICO = ['bgp', 'vxlan'];
const PRELUDE = `set -eu
pod() { p=$1; shift; nsenter -t "$(cat "/run/lab/pods/$p")" --net -- "$@"; }
address() { pod "$1" ip -4 -o address show dev eth0 | awk 'NR == 1 { sub("/.*", "", $4); print $4 }'; }
cable() { ip -o route get "$(address "$1")" | sed 's/.* dev \\([^ ]*\\).*/\\1/'; }
`;

/** Both ends fail by a command that fails: then the variant was not there. */
export async function setUp(lab: Lab, { node, set }: HealthyVariant): Promise<void> {
  for (const one of node === undefined ? NODES : [node]) await lab.exec(one, 'sh', '-c', PRELUDE + set);
}

export async function takeDown(lab: Lab, { node, undo }: HealthyVariant): Promise<void> {
  for (const one of node === undefined ? NODES : [node]) await lab.exec(one, 'sh', '-c', PRELUDE + undo);
}

export const healthyVariants: readonly HealthyVariant[] = [
  {
    name: 'link-down: bridges of Docker and libvirt that nobody uses, a NIC without a cable',
    set: `ip link add virbr0 type bridge; ip address add 192.168.122.1/24 dev virbr0; ip link set virbr0 up
ip link add ens225 type veth peer name ens225p; ip address add 172.31.0.1/24 dev ens225; ip link set ens225 up`,
    undo: 'ip link del virbr0; ip link del ens225',
  },
  {
    name: 'wrong-neighbour: an address that nobody has was asked for, an entry for good that is right',
    node: WORKER,
    set: `ip neigh add 10.12.77.1 dev ens192 nud failed; busybox ping -c1 -W1 10.12.77.2 >/dev/null || :
busybox ping -c1 -W1 10.12.22.152 >/dev/null
ip neigh replace 10.12.22.152 lladdr "$(ip neigh show 10.12.22.152 dev ens192 | sed 's/.*lladdr \\([^ ]*\\).*/\\1/')" dev ens192 nud permanent`,
    undo: `ip neigh change 10.12.22.152 dev ens192 nud reachable; ip neigh del 10.12.77.1 dev ens192 || :`,
  },
  {
    name: 'duplicate-pod-ip: one address on lo of two Pods',
    node: WORKER,
    set: `pod c2c-network-demo ip address add 10.55.0.1/32 dev lo; pod web-1 ip address add 10.55.0.1/32 dev lo`,
    undo: `pod c2c-network-demo ip address del 10.55.0.1/32 dev lo; pod web-1 ip address del 10.55.0.1/32 dev lo`,
  },
  {
    name: 'blackhole-shadows-pod: an address borrowed from another node’s block, told as Calico does',
    modes: ['bgp'],
    node: WORKER,
    set: `pod web-1 ip address add 192.168.2.59/32 dev eth0
ip route add 192.168.2.59/32 dev "$(cable web-1)" scope link proto 80`,
    undo: 'pod web-1 ip address del 192.168.2.59/32 dev eth0; ip route del 192.168.2.59/32',
  },
  {
    name: 'blackhole, unresolved-next-hop: routes to nowhere that shadow nobody, next hops nobody asks for',
    node: WORKER,
    set: `ip route add unreachable 10.0.0.0/8 metric 4278198272; ip route add blackhole 172.16.0.0/12; ip route add blackhole 192.168.200.0/24 proto 80
ip route add prohibit 198.51.100.0/24; ip route add 198.18.9.0/24 via 10.12.99.99`,
    undo: `ip route del unreachable 10.0.0.0/8 metric 4278198272; ip route del blackhole 172.16.0.0/12; ip route del blackhole 192.168.200.0/24 proto 80
ip route del prohibit 198.51.100.0/24; ip route del 198.18.9.0/24`,
  },
  {
    name: 'forward-policy-drop: DROP after what the CNI accepts',
    modes: CALICO,
    set: 'iptables -P FORWARD DROP; [ ! -e /proc/net/if_inet6 ] || ip6tables -P FORWARD DROP',
    undo: 'iptables -P FORWARD ACCEPT; [ ! -e /proc/net/if_inet6 ] || ip6tables -P FORWARD ACCEPT',
  },
  {
    name: 'forward-policy-drop: a firewall of the host that lets in what it must',
    set: `nft -f - <<X
table inet firewalld {
 chain filter_INPUT { type filter hook input priority filter + 10; policy accept;
  ct state established,related accept
  ct status dnat accept
  iifname "lo" accept
  ip saddr { 10.12.0.0/16, 192.168.0.0/16 } accept
  ip6 saddr fd00::/8 accept
  meta l4proto { icmp, ipv6-icmp } accept
  tcp dport 22 accept
  ct state invalid drop
  reject with icmpx type admin-prohibited
 }
 chain filter_FORWARD { type filter hook forward priority filter + 10; policy accept;
  ct state established,related accept
  ct status dnat accept
  ip saddr 192.168.0.0/16 accept
  ip daddr 192.168.0.0/16 accept
  ip6 saddr fd00::/8 accept
  ct state invalid drop
  reject with icmpx type admin-prohibited
 }
}
X`,
    undo: 'nft delete table inet firewalld',
  },
  {
    name: 'iptables-backend-split: hints, canaries and empty chains of the old iptables',
    set: `iptables-legacy -t mangle -N KUBE-IPTABLES-HINT; iptables-legacy -t mangle -N KUBE-KUBELET-CANARY; iptables-legacy -N OLD`,
    undo: 'iptables-legacy -t mangle -X; iptables-legacy -X',
  },
  {
    name: 'rp-filter-drop: strict, loose and off, martians logged',
    set: 'echo 2 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 1 >/proc/sys/net/ipv4/conf/all/log_martians',
    undo: 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 0 >/proc/sys/net/ipv4/conf/all/log_martians',
  },
  {
    name: 'bgp-not-established: a neighbour of another system that is not there any more',
    modes: ['bgp'],
    node: WORKER,
    set: `cp /etc/calico/confd/config/bird.cfg /tmp/bird.healthy
cat >>/etc/calico/confd/config/bird.cfg <<X
protocol bgp Old { local as 64512; neighbor 10.12.99.99 as 65001; passive on; ipv4 { import all; export none; }; }
X
birdcl -s /var/run/calico/bird.ctl configure >/dev/null`,
    undo: `mv /tmp/bird.healthy /etc/calico/confd/config/bird.cfg; birdcl -s /var/run/calico/bird.ctl configure >/dev/null`,
  },
  {
    name: 'policy-drop: a Pod’s policies refuse what nobody asks for',
    modes: CALICO,
    node: WORKER,
    set: `for c in $(iptables-save -t filter | sed -n 's/^:\\(cali-tw-[^ ]*\\).*/\\1/p'); do
  iptables -I "$c" 1 -p tcp --dport 9999 -j DROP; iptables -I "$c" 1 -s 10.99.99.0/24 -j DROP
done`,
    undo: `for c in $(iptables-save -t filter | sed -n 's/^:\\(cali-tw-[^ ]*\\).*/\\1/p'); do
  iptables -D "$c" -p tcp --dport 9999 -j DROP; iptables -D "$c" -s 10.99.99.0/24 -j DROP
done`,
  },
  {
    name: 'mtu-mismatch: both ends of a Pod’s cable below the NIC’s',
    modes: CALICO,
    node: WORKER,
    set: `cat /sys/class/net/"$(cable web-1)"/mtu >/tmp/mtu.healthy
pod web-1 ip link set eth0 mtu 1300; ip link set "$(cable web-1)" mtu 1300`,
    undo: `read -r mtu </tmp/mtu.healthy; pod web-1 ip link set eth0 mtu "$mtu"; ip link set "$(cable web-1)" mtu "$mtu"`,
  },
  {
    name: 'vxlan-checksum-offload: offloads off, on one node alone',
    node: WORKER,
    set: 'ethtool -K ens192 tso off gso off gro off >/dev/null',
    undo: 'ethtool -K ens192 tso on gso on gro on >/dev/null',
  },
  {
    name: 'vxlan-blocked: a tunnel that nobody uses',
    set: 'ip link add vxlan99 type vxlan id 99 dstport 4799 dev ens192; ip link set vxlan99 up',
    undo: 'ip link del vxlan99',
  },
  {
    name: 'gateway-arp-unanswerable: further interfaces of a Pod, as Multus makes them',
    node: WORKER,
    set: `pod web-1 ip link add net1 type veth peer name net1p; pod web-1 ip address add 10.78.0.5/24 dev net1; pod web-1 ip link set net1 up`,
    undo: 'pod web-1 ip link del net1',
  },
  {
    name: 'node-address-mismatch: virtual addresses on the NIC and on lo, of one node and of all',
    set: `ip address add 10.12.22.210/32 dev lo; ip address add 203.0.113.7/32 dev lo
[ "$(hostname)" != k8s-master ] || { ip address add 10.12.22.210/32 dev ens192; ip address add 10.12.33.150/16 dev ens192; }`,
    undo: `ip address del 10.12.22.210/32 dev lo; ip address del 203.0.113.7/32 dev lo
[ "$(hostname)" != k8s-master ] || { ip address del 10.12.22.210/32 dev ens192; ip address del 10.12.33.150/16 dev ens192; }`,
  },
  {
    name: 'node-address-mismatch: kube-ipvs0 and nodelocaldns have the Services’ addresses',
    set: `ip link add kube-ipvs0 type bridge; ip address add 10.96.0.1/32 dev kube-ipvs0; ip address add 10.96.0.10/32 dev kube-ipvs0
ip link add nodelocaldns type bridge; ip address add 169.254.20.10/32 dev nodelocaldns; ip link set nodelocaldns up`,
    undo: 'ip link del kube-ipvs0; ip link del nodelocaldns',
  },
  {
    name: 'policy-routing-diverts: rules as Cilium lays them, and for what nobody sends',
    set: `ip rule add priority 9 fwmark 0x200/0xf00 lookup 2004; ip route add local default dev lo table 2004; ip rule add priority 10 fwmark 0xa00/0xf00 lookup 2005
ip rule add priority 91 iif docker0 lookup 178; ip route add unreachable default table 178; ip rule add priority 5000 lookup main suppress_prefixlength 0`,
    undo: `ip rule del priority 9; ip rule del priority 10; ip rule del priority 91; ip rule del priority 5000; ip route flush table 2004; ip route flush table 178`,
  },
  {
    name: 'policy-routing-diverts: the rule for local after the CNI’s',
    set: 'ip rule add priority 100 lookup local; ip rule del priority 0',
    undo: 'ip rule add priority 0 lookup local; ip rule del priority 100',
  },
  {
    name: 'routes: defaults of several metrics, paths of equal cost to what is outside',
    set: `ip route add default via 10.12.0.1 dev ens192 metric 500; ip route add default via 10.12.0.2 dev ens192 metric 900
ip route add 198.18.0.0/24 nexthop via 10.12.22.3 weight 3 nexthop via 10.12.22.4`,
    undo: `ip route del default via 10.12.0.1 dev ens192 metric 500; ip route del default via 10.12.0.2 dev ens192 metric 900; ip route del 198.18.0.0/24`,
  },
  {
    name: 'forward-policy-drop: what goes to the cloud’s metadata is refused',
    set: `iptables -I FORWARD -d 169.254.169.254/32 -j DROP; iptables -t raw -I PREROUTING -d 169.254.169.254/32 -j DROP; iptables -I FORWARD -d 203.0.113.0/24 -j REJECT`,
    undo: `iptables -D FORWARD -d 169.254.169.254/32 -j DROP; iptables -t raw -D PREROUTING -d 169.254.169.254/32 -j DROP; iptables -D FORWARD -d 203.0.113.0/24 -j REJECT`,
  },
  {
    name: 'socket-not-listening: somebody scans ports, and sends UDP to where nobody listens',
    node: WORKER,
    set: `pod web-1 sh -c 'for p in 8081 8082 8083 8084 8085; do timeout 0.2 busybox nc 192.168.2.3 $p </dev/null >/dev/null 2>&1; echo x | timeout 0.2 busybox nc -u -w1 192.168.2.3 5140; done; :'`,
    undo: ':',
  },
  {
    name: 'conntrack-full: a table in use, far from full',
    node: WORKER,
    set: `i=0; while [ $i -lt 200 ]; do echo "-I -p tcp -s 192.0.2.$((i % 250 + 1)) -d 198.51.100.1 --sport $((1024 + i)) --dport 80 --state ESTABLISHED -t 300 -u SEEN_REPLY,ASSURED"; i=$((i + 1)); done | conntrack -R - >/dev/null 2>&1`,
    undo: 'conntrack -D -d 198.51.100.1 >/dev/null 2>&1',
  },
  {
    name: 'nic-drops: queues that are fair',
    set: 'tc qdisc replace dev ens192 root pfifo limit 1000',
    undo: 'tc qdisc del dev ens192 root',
  },
  {
    name: 'nat-diverts: Pods are masqueraded to what is outside, and one address of it is translated',
    set: `iptables -t nat -A PREROUTING -d 203.0.113.80 -p tcp --dport 80 -j DNAT --to-destination 10.12.55.55:80
iptables -t nat -A POSTROUTING -s 192.168.0.0/16 ! -d 192.168.0.0/16 -o docker0 -j MASQUERADE`,
    undo: `iptables -t nat -D PREROUTING -d 203.0.113.80 -p tcp --dport 80 -j DNAT --to-destination 10.12.55.55:80
iptables -t nat -D POSTROUTING -s 192.168.0.0/16 ! -d 192.168.0.0/16 -o docker0 -j MASQUERADE`,
  },
];
