// A stop of packets as a finding: where, why, whose ways it ends.
import { carrierOf } from '../../trace/hop.ts';
import type { TraceHop, TracePath } from '../../trace/model.ts';
import { podName, type Cluster } from '../cluster.ts';
import type { AffectedWay } from '../detected.ts';
import type { Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import type { FindingId } from '../finding.ts';
import {
  addressOf,
  bgpOf,
  deviceOf,
  filtersOf,
  podCalled,
  prefixOf,
  routesOf,
  sessionOf,
  wholeNode,
  type Subject,
} from '../subject.ts';
import { asksWayBack, filterOf, isInvalid } from './claims.ts';
import { packetDestination, packetSource } from './packet-ends.ts';
import type { Pair } from './pair.ts';
import type { Stop } from './stops.ts';
import type { PathReason, StoppedPath } from './stopped-path.ts';
import { unmaskedWays } from './unmasked.ts';

type Words = Pick<Parameters<typeof draft>[0], 'title' | 'because' | 'mend'> &
  Partial<Parameters<typeof draft>[0]> & {
    /** Words of lines of the outputs that it rests on. */
    readonly shows: readonly string[];
    /** Left out: whatever may be behind a stop of that reason. */
    readonly explainedBy?: readonly FindingId[];
  };

export function pathDraft(cluster: Cluster, stop: Stop, { shows, explainedBy, ...words }: Words): Draft {
  const { hop, step, device, paths, reason } = stop;
  const surer =
    step.command === null
      ? 'Send a packet and watch where it is seen last: hopscope watch.'
      : `Look for yourself on ${hop.node}: ${step.command}`;
  const unmasked = filterOf(stop) === null ? [] : unmaskedWays(cluster, stop);
  const { behind } = stop;
  const { because } = words;
  return {
    ...draft({
      confidence: 'likely',
      surer,
      node: hop.node,
      device,
      pod: podConcerned(cluster, stop),
      proofs: step.evidence.map((id) => ({ id, shows })),
      ...words,
      touches: [...(words.touches ?? touchedByAll(stop)), ...unmasked.map(({ source }) => addressOf(source))],
      because:
        behind === undefined
          ? because
          : `${because} No packet of those comes so far as long as ${saidBefore(behind)} before: it is a second fault on the same way, which shows when that one is mended.`,
    }),
    paths: paths.map(pathName),
    ways: paths.map(({ pair, back }) => wayFor(pair, back)),
    ...familyOf(stop),
    // What stops them before is no reason for it.
    explainedBy:
      behind !== undefined
        ? []
        : (explainedBy ?? [
            ...(EXPLAINED_BY[asksForSource(stop) ? 'reverse-path' : reason] ?? []),
            // An answer that comes another way than the question is nobody's (conntrack's INVALID).
            ...(isInvalid(stop) ? (['rp-filter-drop'] as const) : []),
            ...(unmasked.length > 0 ? (['masquerade-missing'] as const) : []),
            ...(paths.every(({ pair }) => pair.to.startsWith('svc/'))
              ? (['service-rules-stale'] as const)
              : []),
          ]),
  };
}

function saidBefore(stops: readonly Stop[]): string {
  const names = new Set(
    stops.map(({ hop, reason }) => `${hop.place} (${SAID_BEFORE[reason] ?? 'a filter'})`),
  );
  return `${[...names].join(' and ')} ${names.size === 1 ? 'stops' : 'stop'} it`;
}

/** What can be lifted (lifted.ts), and is no filter. */
const SAID_BEFORE: Readonly<Partial<Record<PathReason, string>>> = {
  'forwarding-off': 'forwarding is off',
  blackhole: 'a blackhole route',
  unreachable: 'an unreachable route',
  prohibit: 'a prohibit route',
};

/** Its own packets'; what carries them in a tunnel may be of the other. */
function familyOf({ hop }: Stop): Pick<Draft, 'family'> {
  if (carrierOf(hop) !== null) return {};
  return { family: packetDestination(hop.packet).includes(':') ? 6 : 4 };
}

/** By its ends; whose answer it is, the asker's. */
export function wayFor(pair: Pair, back: boolean): AffectedWay {
  const { fromNode, toNode, fromPod, toPod, to } = pair;
  const [, named = null] = /^svc\/(.+)$/.exec(to) ?? [];
  const service = pair.service ?? named;
  return { name: pathName({ pair, back }), fromNode, toNode, fromPod, toPod, service };
}

/** All that a packet of a pair meets. */
export function subjectsOfWay(pair: Pair, path: TracePath): Subject[] {
  return touched({ pair, path, back: false }, null);
}

export function pathName({ pair, back }: Pick<StoppedPath, 'pair' | 'back'>): string {
  return back ? `the answer of ${pair.name}` : pair.name;
}

/** `192.168.1.2 → 192.168.2.3 and 14 more`. */
export function pathNames(paths: readonly StoppedPath[]): string {
  const [first, ...others] = paths;
  const name = first === undefined ? '' : pathName(first);
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}

/** The one in which it stops, or that is an end of all that stops there. */
function podConcerned(cluster: Cluster, { hop, paths }: Stop): string | null {
  const own = Object.values(cluster.topology.pods).find(
    ({ netnsId, until }) => until === null && hop.isPod && netnsId === hop.netnsId,
  );
  if (own !== undefined) return podName(own);
  const [first] = paths;
  const ends = [first?.pair.fromPod ?? null, first?.pair.toPod ?? null].filter((one) => one !== null);
  const common = ends.filter((who) => paths.every(({ pair }) => pair.fromPod === who || pair.toPod === who));
  // Two that are ends of all: it is one way alone, and which of them is behind it is not known.
  return paths.length > 1 && common.length === 1 ? (common[0] ?? null) : null;
}

/** Where it stops the way back to whoever sent it was asked for: by the kernel's filter, or by Calico's. */
function asksForSource({ reason, step }: Stop): boolean {
  return (
    reason === 'reverse-path' || reason === 'martian-source' || asksWayBack(step.rules.at(-1)?.text ?? '')
  );
}

function touchedByAll(stop: Stop): Subject[] {
  const { hop, step, reason, paths } = stop;
  const source = asksForSource(stop) ? packetSource(hop.packet) : null;
  const rule = reason.startsWith('filter-') ? step.rules.at(-1) : undefined;
  return [
    ...new Set(paths.flatMap((path) => touched(path, source))),
    ...(rule === undefined ? [] : [filtersOf(hop.node, rule.backend)]),
  ];
}

/** @param source the address that is asked for where it stops. */
function touched({ pair, path, back }: StoppedPath, source: string | null): Subject[] {
  const { fromNode, toNode, fromPod, toPod, to, name } = pair;
  return [
    ...path.hops.flatMap((hop) => ofHop(hop)),
    ...[fromPod, toPod].flatMap((who) => (who === null ? [] : [podCalled(who)])),
    ...(toNode === null || toNode === fromNode
      ? []
      : [sessionOf(fromNode, toNode), wholeNode(toNode), bgpOf(toNode)]),
    wholeNode(fromNode),
    addressOf(to),
    ...(back ? [addressOf(name.split(' → ')[0] ?? '')] : []),
    ...(source === null ? [] : [addressOf(source)]),
  ];
}

function ofHop({ node, isPod, ingress, egress, nextHop, route, steps }: TraceHop): Subject[] {
  const devices = isPod ? [] : [ingress, egress, ...steps.map(({ device }) => device)];
  return [
    wholeNode(node),
    bgpOf(node),
    routesOf(node),
    ...devices.flatMap((device) => (device === null ? [] : [deviceOf(node, device)])),
    ...(nextHop === null ? [] : [addressOf(nextHop)]),
    ...(route === null ? [] : [prefixOf(route.dst)]),
  ];
}

const OF_ROUTES: readonly FindingId[] = [
  'peer-route-missing',
  'masquerade-missing',
  'own-address-not-local',
  'ipv6-disabled',
  'address-unusable',
  'pod-route-missing',
  'blackhole-shadows-pod',
  'stale-bgp-routes',
  'bgp-port-blocked',
  'bgp-auth-mismatch',
  'bgp-not-established',
  'bgp-as-mismatch',
  'node-address-mismatch',
  'netmask-mismatch',
  'policy-routing-diverts',
  'pool-overlaps-node-network',
  'routes-flushed',
  'route-flapping',
  'link-down',
  'pod-default-route-missing',
  'gateway-arp-unanswerable',
  'duplicate-pod-ip',
  'pod-ip-equals-tunnel-ip',
  'unresolved-next-hop',
  'node-identity-clash',
  'rp-filter-drop',
  'vxlan-mismatch',
];
const OF_LINKS: readonly FindingId[] = [
  'tc-drops',
  'ipv6-disabled',
  'address-unusable',
  'link-down',
  'pod-route-missing',
  'wrong-neighbour',
  'duplicate-mac',
  'node-identity-clash',
  'gateway-arp-unanswerable',
  'proxy-arp-off',
  'ip-forward-off',
  'own-address-not-local',
  'neighbour-table-overflow',
  'vxlan-fdb-missing',
];
const OF_FILTERS: readonly FindingId[] = [
  'iptables-backend-split',
  'service-without-endpoints',
  'pod-ip-equals-tunnel-ip',
  'duplicate-pod-ip',
  'policy-routing-diverts',
];

/** Which findings may be behind a stop: what breaks a route ends no packet at a filter. */
const EXPLAINED_BY: Readonly<Partial<Record<PathReason, readonly FindingId[]>>> = {
  'no-route': OF_ROUTES,
  blackhole: OF_ROUTES,
  unreachable: OF_ROUTES,
  prohibit: OF_ROUTES,
  away: OF_ROUTES,
  elsewhere: [...OF_ROUTES, ...OF_LINKS],
  loop: OF_ROUTES,
  'ttl-exceeded': OF_ROUTES,
  'source-not-local': OF_ROUTES,
  'martian-source': OF_ROUTES,
  'martian-destination': OF_ROUTES,
  'reverse-path': OF_ROUTES,
  // What a Pod does not take for its own it would have to pass on.
  'forwarding-off': ['ip-forward-off', 'address-unusable', 'pod-default-route-missing', 'duplicate-pod-ip'],
  'ipv6-disabled': ['ipv6-disabled'],
  'filter-drop': OF_FILTERS,
  'filter-reject': OF_FILTERS,
  'neighbour-failed': [...OF_ROUTES, ...OF_LINKS],
  'nobody-has-address': [...OF_ROUTES, ...OF_LINKS],
  'wrong-neighbour': [...OF_LINKS, 'duplicate-pod-ip'],
  'device-missing': OF_LINKS,
  'device-down': OF_LINKS,
  'no-carrier': OF_LINKS,
  'peer-gone': OF_LINKS,
  'peer-mtu': ['mtu-mismatch'],
  'too-big': ['mtu-mismatch'],
  'fdb-missing': OF_LINKS,
  'bridge-port': OF_LINKS,
  'port-closed': ['link-down'],
  'tc-drop': ['link-down'],
  'own-mac': OF_LINKS,
  'vni-unknown': OF_LINKS,
  'tunnel-missing': OF_LINKS,
  'no-socket': ['socket-not-listening', 'duplicate-pod-ip', 'pod-ip-equals-tunnel-ip'],
  'conntrack-full': ['conntrack-full'],
};

/** All that may be behind some stop. */
export const EXPLAINING: readonly FindingId[] = [
  ...new Set<FindingId>([...Object.values(EXPLAINED_BY).flat(), 'service-rules-stale']),
];
