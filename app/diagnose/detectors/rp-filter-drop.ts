// The reverse path filter (net/ipv4/fib_frontend.c __fib_validate_source) drops packets that have to pass: an answer would leave by another
// device than they came in by. Strict is Calico's own choice for Pods' cables: only a way that fails counts.
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { packetSource } from '../paths/packet-ends.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import { stopsClaimedAs } from '../paths/claims.ts';
import type { Stop } from '../paths/stops.ts';
import { routesOf } from '../subject.ts';
import { packetsOf, recentDrops } from '../recent-drops.ts';

export const rpFilterDrop: Detector = {
  id: 'rp-filter-drop',
  concludes:
    'the reverse path filter drops packets that have to pass: their way back leads by another device',
  explainedBy: [
    'policy-routing-diverts',
    'pod-route-missing',
    'gateway-arp-unanswerable',
    'blackhole-shadows-pod',
    'routes-flushed',
    'netmask-mismatch',
    'stale-bgp-routes',
    'duplicate-pod-ip',
    'pod-ip-equals-tunnel-ip',
    'unresolved-next-hop',
    'link-down',
    'node-identity-clash',
    'own-address-not-local',
  ],
  detect: (cluster) =>
    everywhere(stopsClaimedAs(cluster, 'rp-filter-drop').map((stop) => filtered(cluster, stop))),
};

function filtered(cluster: Cluster, stop: Stop): Draft {
  const { hop, paths, step } = stop;
  const device = hop.ingress ?? stop.device ?? '';
  const [first] = paths;
  const source = packetSource(hop.packet) || (first?.pair.from ?? '');
  const node = cluster.node(hop.node);
  const counted =
    node === null || hop.isPod ? 0 : packetsOf(recentDrops(node), 'rp-filter', { namespace: null });
  return pathDraft(cluster, stop, {
    device,
    confidence: counted > 0 ? 'certain' : 'likely',
    ...(counted > 0 ? { surer: null } : {}),
    title: `${hop.place} drops what comes in by ${device} from ${source}: its reverse path filter`,
    because: `${step.sentence} So ${pathNames(paths)} ${paths.length === 1 ? 'ends' : 'end'} there, and no one is told.${counted > 0 ? ` It has dropped ${counted} packets within the last minute.` : ''}`,
    mend: [
      `Let the way back to ${source} lead by ${device}: compare its route with that of a node where it works. Or, where two ways are wanted, make the filter loose there.`,
      `ip route get ${source}   # on ${hop.node}: by which device it would answer`,
      `sysctl net/ipv4/conf/all/rp_filter ${shellWord(`net/ipv4/conf/${device}/rp_filter`)}   # 1 strict, 2 loose; the larger counts`,
      `sysctl -w ${shellWord(`net/ipv4/conf/${device}/rp_filter=2`)}`,
    ],
    breaks: [routesOf(hop.node)],
    shows: [`ipv4/conf/${device}/rp_filter`, 'ipv4/conf/all/rp_filter', 'default'],
  });
}
