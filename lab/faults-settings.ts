import { GATEWAY, NIC, NIC_MTU, POD_GATEWAY } from './addressing.ts';
import { runInFabric } from './fabric.ts';
import type { Fault, FaultTarget } from './fault-kind.ts';
import { nodeFault, podFault, rewired, runLines } from './fault-script.ts';
import type { NetworkMode, NodePlan } from './lab-plan.ts';
import { NETWORKS } from './network/networks.ts';

const CALICO = ['bgp', 'vxlan'] as const;
/** Below the 1,440 bytes of a Pod, and above what IPv6 needs. */
const SMALL_MTU = 1_300;
/** A bridge without ports, for want of dummy devices on some kernels. */
const DETOUR = 'br-detour';
const DETOUR_TABLE = 4_322;
const DETOUR_MARK = '0x1000000/0x1000000';

/** A Pod that has its gateway's address by heart would not notice for a while. */
const FORGETFUL = `$POD ip neigh flush ${POD_GATEWAY} dev eth0`;

/** A fifth more than the shaped NIC takes: what is lost is mostly its own. */
const FLOOD_BYTES = 1_000;
const FLOOD_EVERY_S = 0.0033;
const SHAPED = '2mbit';
const FLOODING = '/run/lab/nic-drops.pid';
/** Ten minutes, should nobody mend it. */
const FLOODS = 180_000;

export const settingsFaults: Readonly<Record<string, Fault>> = {
  // Nothing is lost of these two, and nothing is to be found.
  'offloads-off': {
    summary:
      "TCP leaves the node's NIC in pieces of the MTU, as the kernel cuts it; elsewhere packets stay larger",
    inflict: (target) => runLines(target, [`ethtool -K ${NIC} tso off gso off`]),
    mend: (target) => runLines(target, [`ethtool -K ${NIC} tso on gso on`]),
  },
  'gro-on': {
    summary: "the node's NIC puts pieces of TCP together before anybody sees them",
    inflict: (target) => joinPieces(target, 'on'),
    mend: (target) => joinPieces(target, 'off'),
  },
  'nic-drops': nodeFault({
    summary: "the queue of the node's NIC takes less than is sent, and drops what is beyond",
    finding: 'nic-drops',
    inflict: ({ peer }) => [
      `tc qdisc replace dev ${NIC} root tbf rate ${SHAPED} burst 5000 limit 8000`,
      `perl -MIO::Socket::INET -e 'my $to = IO::Socket::INET->new(PeerAddr => "${peer.address}", PeerPort => 9, Proto => "udp") or die; for (1 .. ${FLOODS}) { $to->send("x" x ${FLOOD_BYTES}); select undef, undef, undef, ${FLOOD_EVERY_S} }' </dev/null >/dev/null 2>&1 &`,
      `echo $! >${FLOODING}`,
      `i=0; while tc -s qdisc show dev ${NIC} root | grep -q 'dropped 0,'; do i=$((i + 1)); [ $i -lt 100 ] || { echo "its queue did not fill" >&2; exit 1; }; sleep 0.1; done`,
    ],
    mend: () => [
      `[ ! -e ${FLOODING} ] || kill $(cat ${FLOODING}) 2>/dev/null || :`,
      `rm -f ${FLOODING}`,
      `tc qdisc del dev ${NIC} root`,
    ],
  }),
  'ip-forward-off': nodeFault({
    summary: 'the node does not forward (net.ipv4.ip_forward=0)',
    finding: 'ip-forward-off',
    inflict: () => ['echo 0 >/proc/sys/net/ipv4/ip_forward'],
    mend: ({ node }) => ['echo 1 >/proc/sys/net/ipv4/ip_forward', ...settingsAgain(node)],
  }),
  'forwarding-off': nodeFault({
    summary: 'what comes in from other nodes, by the NIC or the tunnel, is not forwarded',
    finding: 'ip-forward-off',
    inflict: ({ plan }) => [`echo 0 >${forwardingOf(plan.mode)}`],
    mend: ({ plan }) => [`echo 1 >${forwardingOf(plan.mode)}`],
  }),
  'proxy-arp-off': podFault({
    summary: 'the node does not answer for the gateway of one of its Pods, and the Pod has forgotten it',
    finding: 'proxy-arp-off',
    modes: CALICO,
    inflict: ({ pod }) => [`echo 0 >/proc/sys/net/ipv4/conf/${pod.hostInterface}/proxy_arp`, FORGETFUL],
    mend: (victim) => [rewired(victim), FORGETFUL],
  }),
  'gateway-arp-unanswerable': podFault({
    summary:
      'the node has no default route, so that proxy ARP answers nobody, and a Pod has forgotten its gateway',
    finding: 'gateway-arp-unanswerable',
    modes: CALICO,
    inflict: () => [`ip route del default via ${GATEWAY} dev ${NIC}`, FORGETFUL],
    mend: () => [`ip route replace default via ${GATEWAY} dev ${NIC}`, FORGETFUL],
  }),
  'rp-filter-drop': nodeFault({
    summary:
      "packets to a peer's Pods go by a rule for marked ones, and the reverse-path filter, which asks without the mark, refuses the answers",
    finding: 'rp-filter-drop',
    inflict: ({ peer }) => [
      `ip link add name ${DETOUR} type bridge`,
      `ip link set dev ${DETOUR} up`,
      `ip route add ${peer.block} via ${peer.address} dev ${NIC} table ${DETOUR_TABLE}`,
      `ip rule add fwmark ${DETOUR_MARK} lookup ${DETOUR_TABLE} priority 101`,
      // More specific than the block, so that who owns that route keeps it.
      ...halves(peer.block).map((half) => `ip route add ${half} dev ${DETOUR}`),
      `iptables-nft -t mangle -A PREROUTING ! -i ${NIC} -j MARK --set-xmark ${DETOUR_MARK}`,
      `iptables-nft -t mangle -A OUTPUT -j MARK --set-xmark ${DETOUR_MARK}`,
    ],
    mend: () => [
      `iptables-nft -t mangle -D OUTPUT -j MARK --set-xmark ${DETOUR_MARK}`,
      `iptables-nft -t mangle -D PREROUTING ! -i ${NIC} -j MARK --set-xmark ${DETOUR_MARK}`,
      `ip rule del fwmark ${DETOUR_MARK} lookup ${DETOUR_TABLE} priority 101`,
      `ip route flush table ${DETOUR_TABLE}`,
      `ip link del dev ${DETOUR}`,
    ],
    modes: ['bgp', 'bridge'],
  }),
  'wrong-neighbour': nodeFault({
    summary: 'a peer node is entered for good with a MAC address that nobody has',
    finding: 'wrong-neighbour',
    inflict: ({ peer }) => [
      `ip neigh replace ${peer.address} lladdr 02:00:5e:00:53:01 dev ${NIC} nud permanent`,
    ],
    mend: ({ peer }) => [`ip neigh del ${peer.address} dev ${NIC}`],
  }),
  'duplicate-mac': nodeFault({
    summary: "the node's NIC has the MAC address of a peer's, as cloned machines do",
    finding: 'duplicate-mac',
    inflict: ({ peer }) => [`ip link set dev ${NIC} address ${peer.mac}`],
    mend: ({ node }) => [`ip link set dev ${NIC} address ${node.mac}`],
  }),
  'mtu-mismatch': nodeFault({
    summary: `the node's NIC takes ${SMALL_MTU} bytes, those of the others ${NIC_MTU}: what is larger is lost on its way in`,
    finding: 'mtu-mismatch',
    inflict: () => [`ip link set dev ${NIC} mtu ${SMALL_MTU}`],
    mend: ({ node }) => [
      `ip link set dev ${NIC} mtu ${NIC_MTU}`,
      // What they were told of a smaller way they would believe for ten minutes.
      ...node.pods.map(({ name }) => `nsenter -t $(cat /run/lab/pods/${name}) -n -- ip route flush cache`),
    ],
  }),
};

/** A veth gives GRO only what comes of a device that leaves no cutting to it (veth_skb_is_eligible_for_gro of drivers/net/veth.c). */
async function joinPieces(target: FaultTarget, state: 'on' | 'off'): ReturnType<Fault['inflict']> {
  const done = await runLines(target, [`ethtool -K ${NIC} gro ${state}`]);
  const cutting = state === 'on' ? 'off' : 'on';
  const cut = ['ethtool', '-K', target.node.name, 'tso', cutting];
  if (done.ok) await runInFabric(target.folder, cut, {});
  return done;
}

/** ip_forward sets every device's own forwarding. */
function settingsAgain({ pods }: NodePlan): string[] {
  return pods.map(
    ({ name }) =>
      `while read -r key value; do echo "$value" >/proc/sys/$key; done </var/lib/lab/pods/${name}/wire.sysctl`,
  );
}

function halves(block: string): string[] {
  const base = block.replace(/\/24$/, '');
  return [`${base}/25`, `${base.replace(/0$/, '128')}/25`];
}

/** Of the device by which packets of other nodes' Pods come in. */
function forwardingOf(mode: NetworkMode): string {
  const device = NETWORKS[mode].transport.tunnel?.device ?? NIC;
  return `/proc/sys/net/ipv4/conf/${device}/forwarding`;
}
