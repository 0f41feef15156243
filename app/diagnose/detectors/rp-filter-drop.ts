// The reverse path filter (net/ipv4/fib_frontend.c __fib_validate_source) drops packets that have to pass: an answer would leave by another
// device than they came in by. Strict is Calico's own choice for Pods' cables: only a way that fails counts.
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, proof, type Cluster } from '../cluster.ts';
import { refusesSource } from '../destinations.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { packetSource, wayOut } from '../paths/packet-ends.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import { stopsClaimedAs } from '../paths/claims.ts';
import { surveyOf, type Stop } from '../paths/stops.ts';
import type { StoppedPath } from '../paths/stopped-path.ts';
import { addressOf, routesOf } from '../subject.ts';
import { packetsOf, recentDrops } from '../recent-drops.ts';

export const rpFilterDrop: Detector = {
  id: 'rp-filter-drop',
  concludes:
    'the reverse path filter drops packets that have to pass: their way back leads by another device',
  explainedBy: [
    'policy-routing-diverts',
    'pod-route-missing',
    'peer-route-missing',
    'masquerade-missing',
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
  detect(cluster) {
    const dropped = stopsClaimedAs(cluster, 'rp-filter-drop').map((stop) => filtered(cluster, stop));
    const told = new Set(dropped.map(({ where }) => `${where.node ?? ''} ${where.interface ?? ''}`));
    return everywhere([...dropped, ...awaiting(cluster, told)]);
  },
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
    mend: mendOf(hop.node, device, source),
    breaks: [routesOf(hop.node)],
    shows: [`ipv4/conf/${device}/rp_filter`, 'ipv4/conf/all/rp_filter', 'default'],
  });
}

function mendOf(label: string, device: string, source: string): Parameters<typeof draft>[0]['mend'] {
  return [
    `Let the way back to ${source} lead by ${device}: compare its route with that of a node where it works. Or, where two ways are wanted, make the filter loose there.`,
    `ip route get ${source}   # on ${label}: by which device it would answer`,
    `sysctl net/ipv4/conf/all/rp_filter ${shellWord(`net/ipv4/conf/${device}/rp_filter`)}   # 1 strict, 2 loose; the larger counts`,
    `sysctl -w ${shellWord(`net/ipv4/conf/${device}/rp_filter=2`)}`,
  ];
}

/** Nothing comes that it could drop, since questions end on their way to another node: their answers would be refused. */
function awaiting(cluster: Cluster, told: ReadonlySet<string>): Draft[] {
  const found = new Map<string, Draft>();
  for (const { paths } of surveyOf(cluster).stops)
    for (const path of paths) {
      const answer = answerOf(cluster, path);
      if (answer === null) continue;
      const { node, iif, from, to } = answer;
      const key = `${node.label} ${iif}`;
      if (told.has(key) || found.has(key) || !refusesSource(node, answer)) continue;
      found.set(
        key,
        draft({
          confidence: 'likely',
          surer: 'Mend what ends packets before, and ask again.',
          node: node.label,
          device: iif,
          title: `${node.label} would drop what comes in by ${iif} from ${from}: its reverse path filter`,
          because: `What is for ${from} leaves by ${iif} and ends further on, for another reason; its answers to ${to} would come in there, and what ${node.label} itself sends to ${from} would leave by another device (rp_filter is strict).`,
          proofs: proof(node.snapshot.settings, `ipv4/conf/${iif}/rp_filter`, 'ipv4/conf/all/rp_filter'),
          mend: mendOf(node.label, iif, from),
          breaks: [routesOf(node.label)],
          touches: [routesOf(node.label), addressOf(from)],
          family: 4,
        }),
      );
    }
  return [...found.values()];
}

/** Of what has left its node for another's address in their network: by the same device, as if the wire led both ways. */
function answerOf(cluster: Cluster, { pair, path, back }: StoppedPath) {
  const { to, fromNode, toNode, toPod } = pair;
  const node = cluster.node(fromNode);
  const hop = path.hops.find((one) => !one.isPod);
  if (back || toPod === null || toNode === null || node === null || hop?.node !== fromNode) return null;
  const { device, nextHop } = wayOut(hop);
  const isNext = nextHop !== null && cluster.nodesAt(nextHop).some(({ label }) => label === toNode);
  const isNic = device !== null && node.devices.get(device)?.role === 'nic';
  return toNode === fromNode || !isNext || !isNic
    ? null
    : { node, iif: device, from: to, to: packetSource(hop.packet) };
}
