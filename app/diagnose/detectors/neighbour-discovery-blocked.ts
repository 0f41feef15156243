// A packet filter takes the packets by which MAC addresses are found (IPv6's neighbour solicitation and advertisement; ARP, which rules of its own
// see, nft's family arp and arptables), where it stands: of who asks as well as of who is asked. A rule that asks for the way back
// (Calico's rpfilter) takes what a Pod asks when the node's route to the Pod is gone.
import { everywhere, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { asksWayBack, filterOf, stopsClaimedAs } from '../paths/claims.ts';
import { packetSource } from '../paths/packet-ends.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';
import { sessionOf } from '../subject.ts';

export const neighbourDiscoveryBlocked: Detector = {
  id: 'neighbour-discovery-blocked',
  concludes: 'a packet filter takes neighbour solicitations or advertisements of IPv6, or ARP',
  explainedBy: [
    'iptables-backend-split',
    'duplicate-pod-ip',
    // Of a rule that asks for the way back alone.
    'pod-route-missing',
    'peer-route-missing',
    'routes-flushed',
    'blackhole-shadows-pod',
    'policy-routing-diverts',
    'pod-ip-equals-tunnel-ip',
  ],
  detect: (cluster) =>
    everywhere(stopsClaimedAs(cluster, 'neighbour-discovery-blocked').map((stop) => blocked(cluster, stop))),
};

function blocked(cluster: Cluster, stop: Stop): Draft {
  const { hop, step, paths } = stop;
  const rule = filterOf(stop);
  const isPolicy = rule?.number === 0;
  const name = rule === null ? 'a filter' : `${rule.table} ${rule.chain}`;
  const what = isPolicy ? `the policy of ${name} is DROP` : `rule ${rule?.number ?? 0} of ${name}`;
  const isArp = rule?.family === 'arp';
  const wayBack = asksWayBack(rule?.text ?? '');
  const source = packetSource(hop.packet);
  return pathDraft(cluster, stop, {
    title: `${hop.place} takes ${isArp ? 'ARP' : 'neighbour discovery of IPv6'}: ${what}`,
    because: `${step.sentence}${isPolicy ? '' : ` The rule is “${rule?.text ?? ''}”.`} Without it no MAC address is found, and ${pathNames(paths)} ${paths.length === 1 ? 'ends' : 'end'} as unreachable; what was learned before goes on for a while.`,
    mend: wayBack
      ? [
          `The rule asks by which device an answer to ${source} would leave: mend that route.`,
          `ip -6 route get ${source}   # on ${hop.node}`,
        ]
      : isArp
        ? [
            'Take the rule away, or let pass what is for the addresses of nodes and Pods; see who made it.',
            `${step.command ?? 'nft list tables arp'}   # on ${hop.node}`,
            'arptables-save',
          ]
        : [
            'Let neighbour discovery pass before that rule, in INPUT and OUTPUT: IPv6 does not work without (RFC 4890, 4.4.1).',
            `${step.command ?? 'ip6tables-save -c'}   # on ${hop.node}`,
            'ip6tables -I INPUT -p ipv6-icmp -m icmp6 --icmpv6-type neighbour-solicitation -j ACCEPT',
            'ip6tables -I INPUT -p ipv6-icmp -m icmp6 --icmpv6-type neighbour-advertisement -j ACCEPT',
          ],
    breaks: hop.isPod ? [] : cluster.nodes.map(({ label }) => sessionOf(label, hop.node)),
    shows: [rule?.chain ?? ''],
  });
}
