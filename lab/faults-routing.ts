import { blockAddress, FELIX_PROTOCOL, GATEWAY, NIC } from './addressing.ts';
import type { Fault } from './fault-kind.ts';
import { nodeFault, podFault, rewired } from './fault-script.ts';

const CALICO = ['bgp', 'vxlan'] as const;
/** A table that nobody else uses. */
const FOREIGN_TABLE = 4_321;
const FLAPPING = '/run/lab/route-flapping.pid';

export const routingFaults: Readonly<Record<string, Fault>> = {
  'pod-route-missing': podFault({
    summary: "a Pod's own route is gone from its node",
    finding: 'pod-route-missing',
    modes: CALICO,
    inflict: ({ pod }) => [`ip route del ${pod.address}/32 dev ${pod.hostInterface}`],
    mend: (victim) => [rewired(victim)],
  }),
  'blackhole-shadows-pod': podFault({
    summary: "a Pod has an address of its peer's block, and its node does not tell the route to it",
    finding: 'blackhole-shadows-pod',
    modes: ['bgp'],
    inflict: ({ pod, peer }) => {
      const borrowed = blockAddress(peer.block, 250);
      return [
        `sed -i '/^filter calico_export_to_bgp_peers/a if ( net = ${borrowed}/32 ) then reject;' /etc/calico/confd/config/bird.cfg`,
        'birdcl -s /var/run/calico/bird.ctl configure >/dev/null',
        `$POD ip address add ${borrowed}/32 dev eth0`,
        `$POD ip route replace default via 169.254.1.1 dev eth0 src ${borrowed}`,
        `ip route add ${borrowed}/32 dev ${pod.hostInterface} scope link proto ${FELIX_PROTOCOL}`,
      ];
    },
    mend: ({ pod, peer }) => {
      const borrowed = blockAddress(peer.block, 250);
      return [
        `$POD ip route replace default via 169.254.1.1 dev eth0`,
        `$POD ip address del ${borrowed}/32 dev eth0`,
        `ip route del ${borrowed}/32 dev ${pod.hostInterface}`,
        `sed -i '/${borrowed.replaceAll('.', '\\.')}/d' /etc/calico/confd/config/bird.cfg`,
        'birdcl -s /var/run/calico/bird.ctl configure >/dev/null',
      ];
    },
  }),
  'policy-routing-diverts': podFault({
    summary: "a foreign rule sends a Pod's packets to the network's gateway, which does not know Pods",
    finding: 'policy-routing-diverts',
    inflict: ({ pod }) => [
      `ip route add default via ${GATEWAY} dev ${NIC} table ${FOREIGN_TABLE}`,
      `ip rule add from ${pod.address} lookup ${FOREIGN_TABLE} priority 100`,
    ],
    mend: ({ pod }) => [
      `ip rule del from ${pod.address} lookup ${FOREIGN_TABLE} priority 100`,
      `ip route flush table ${FOREIGN_TABLE}`,
    ],
  }),
  'unresolved-next-hop': nodeFault({
    summary: "an unreachable route lies over the first half of a peer's block",
    finding: 'unresolved-next-hop',
    inflict: ({ peer }) => [`ip route add unreachable ${firstHalf(peer.block)}`],
    mend: ({ peer }) => [`ip route del unreachable ${firstHalf(peer.block)}`],
  }),
  'duplicate-pod-ip': podFault({
    summary: "a Pod takes the address of its peer's first Pod as well, and its node has a route to it",
    finding: 'duplicate-pod-ip',
    modes: CALICO,
    inflict: ({ pod, peer }) => [
      `$POD ip address add ${peer.pods[0]?.address ?? ''}/32 dev eth0`,
      `ip route add ${peer.pods[0]?.address ?? ''}/32 dev ${pod.hostInterface} scope link proto ${FELIX_PROTOCOL}`,
    ],
    mend: ({ pod, peer }) => [
      `ip route del ${peer.pods[0]?.address ?? ''}/32 dev ${pod.hostInterface}`,
      `$POD ip address del ${peer.pods[0]?.address ?? ''}/32 dev eth0`,
    ],
  }),
  'routes-flushed': nodeFault({
    summary: "every route that is not the kernel's own is flushed, as a network daemon's restart does",
    finding: 'routes-flushed',
    modes: CALICO,
    inflict: () => [
      // What a daemon writes when it starts.
      `echo "$(date '+%b %e %H:%M:%S') $(hostname) systemd-networkd[1]: ${NIC}: Reconfiguring with /etc/systemd/network/10-${NIC}.network." >>/var/log/syslog`,
      `ip route flush proto ${FELIX_PROTOCOL}`,
      'ip route flush proto bird 2>/dev/null || :',
    ],
    mend: ({ node }) => [
      // A blackhole is the network's own as well: of VXLAN it lies in the batch, of BGP in BIRD.
      `grep '^route add .* proto ${FELIX_PROTOCOL}$' /var/lib/lab/node.batch | sed 's/^route add/route replace/' | ip -batch -`,
      ...node.pods.map(({ name }) => `ip -batch /var/lib/lab/pods/${name}/wire.batch`),
      'rm -f /var/log/syslog',
    ],
  }),
  'route-flapping': nodeFault({
    summary: "somebody and BIRD write the route to a peer's block in turns, for ten minutes at most",
    finding: 'route-flapping',
    modes: ['bgp'],
    inflict: ({ peer }) => [
      `( i=0; while [ $i -lt 1200 ]; do ip route replace ${peer.block} via ${peer.address} dev ${NIC} proto ${FELIX_PROTOCOL}; sleep 0.25; ip route replace ${peer.block} via ${peer.address} dev ${NIC} proto bird; sleep 0.25; i=$((i + 1)); done ) </dev/null >/dev/null 2>&1 &`,
      `echo $! >${FLAPPING}`,
    ],
    mend: ({ peer }) => [
      `kill $(cat ${FLAPPING}) 2>/dev/null || :`,
      `rm -f ${FLAPPING}`,
      `ip route replace ${peer.block} via ${peer.address} dev ${NIC} proto bird`,
    ],
  }),
};

/** Of a /24, in which the first Pods lie. */
function firstHalf(block: string): string {
  return block.replace(/\/24$/, '/25');
}
