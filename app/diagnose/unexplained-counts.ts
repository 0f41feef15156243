// What a kernel counts as dropped, of reasons that no detector speaks of: the place is proven, and how, but not who is behind it.
// Reasons that have a detector of their own (rp_filter, routes, neighbours, queues of NICs, filters …) are left to it, and so is what machines refuse
// all day and rightly: ports where nobody listens, multicast that nobody joined, strangers at a firewall.
import { dropReasons, type DropReason } from '../ledger/drop-reasons.ts';
import { proof, type Cluster } from './cluster.ts';
import { whereLost } from './counted-losses.ts';
import type { Detected } from './detector.ts';
import { draft } from './draft.ts';
import { placeOf } from './drop-places.ts';
import { podCalled, wholeNode } from './subject.ts';

const OF_NOBODY: ReadonlySet<DropReason> = new Set<DropReason>([
  'conntrack-insert',
  'receive-buffer',
  'reassembly',
  'bad-header',
  'unknown-protocol',
  'neighbour-queue',
]);
/** So many, and one a second: less is what every network loses. */
const MANY = 10;

export function unexplainedCounts(cluster: Cluster): Detected {
  return whereLost(
    cluster,
    ({ reason, namespace }) => (OF_NOBODY.has(reason) ? `${reason} ${String(namespace ?? '')}` : undefined),
    (node, _, { packets, seconds, counters, entries: [{ reason, namespace }] }) => {
      if (packets < Math.max(MANY, seconds)) return [];
      const { title, sender, look } = dropReasons[reason];
      const place = placeOf(cluster, node, namespace);
      return [
        draft({
          severity: 'warning',
          confidence: 'possible',
          surer: look,
          node: node.label,
          pod: place.podName,
          title: `${place.name} loses packets: ${title.charAt(0).toLowerCase()}${title.slice(1)}`,
          because: `${packets} in the last ${Math.max(1, Math.round(seconds))} s, by ${counters.join(', ')}. Who sent them sees: ${sender}. Why, the counters do not tell.`,
          proofs: proof(node.snapshot.counters, ...new Set(counters.flatMap(protocolOf))).slice(0, 1),
          mend: [look, `hopscope drops   # goes on counting, by place and reason`],
          touches: [wholeNode(node.label), ...(place.podName === null ? [] : [podCalled(place.podName)])],
        }),
      ];
    },
  );
}

/** /proc/net/snmp and netstat have a line for each. */
function protocolOf(counter: string): string[] {
  return /^(?:IpExt|TcpExt|Ip6?|Udp6?|nf_conntrack)/.exec(counter) ?? [];
}
