// What a packet's stop is called: of which finding it is the sign, where nobody tells a deeper cause.
import type { Route } from '../../topology/model.ts';
import { inPrefix, parseAddress, parsePrefix } from '../../route/address.ts';
import { carrierOf } from '../../trace/hop.ts';
import type { TraceHop, TraceRule } from '../../trace/model.ts';
import type { TunnelKind } from '../../trace/tunnel-ends.ts';
import type { Cluster } from '../cluster.ts';
import type { FindingId } from '../finding.ts';
import { decision } from '../destinations.ts';
import { tableName } from '../../route/rule-match.ts';
import { isForeignRule } from './foreign-rule.ts';
import { isDns } from './pair-ends.ts';
import { holds, overridden } from './overriding-route.ts';
import { packetDestination, packetSource, wayOut } from './packet-ends.ts';
import { preferredSource } from './preferred-source.ts';
import { asksForInvalid, isOfPolicy } from './rule-kinds.ts';
import { surveyOf, type Stop } from './stops.ts';
import type { PathReason, StoppedPath } from './stopped-path.ts';
import { translationOf } from './translation.ts';

/** Those that have a detector of their own that looks at ways; the rest looks at states, or is nobody's. */
export const PATH_FINDINGS: readonly FindingId[] = [
  'policy-routing-diverts',
  'nat-diverts',
  'preferred-source-lost',
  'bridge-port-blocked',
  'tc-drops',
  'neighbour-discovery-blocked',
  'rp-filter-drop',
  'anti-spoof-drop',
  'forward-policy-drop',
  'policy-drop',
  'vxlan-mismatch',
  'vxlan-blocked',
  'ipip-blocked',
  'wireguard-blocked',
  'service-without-endpoints',
  'dns-unanswered',
];

/** What it is called that a filter takes packets of a tunnel, in the network below it. */
const BLOCKED: Readonly<Partial<Record<TunnelKind, FindingId>>> = {
  vxlan: 'vxlan-blocked',
  ipip: 'ipip-blocked',
  wireguard: 'wireguard-blocked',
};

/** Null: nobody says more than that it stops there. */
const BY_REASON: Readonly<Partial<Record<PathReason, FindingId>>> = {
  'forwarding-off': 'ip-forward-off',
  'ipv6-disabled': 'ipv6-disabled',
  'reverse-path': 'rp-filter-drop',
  'too-big': 'mtu-mismatch',
  'peer-mtu': 'mtu-mismatch',
  'wrong-neighbour': 'wrong-neighbour',
  'device-down': 'link-down',
  'no-carrier': 'link-down',
  'peer-gone': 'link-down',
  'device-missing': 'link-down',
  'fdb-missing': 'vxlan-fdb-missing',
  'port-closed': 'bridge-port-blocked',
  'tc-drop': 'tc-drops',
  'own-mac': 'duplicate-mac',
  'no-socket': 'socket-not-listening',
  'conntrack-full': 'conntrack-full',
};

/** Each detector that looks at ways asks it of all stops. */
const known = new WeakMap<Cluster, Map<Stop, FindingId>>();

export function claimedAs(cluster: Cluster, stop: Stop): FindingId {
  const before = known.get(cluster) ?? new Map<Stop, FindingId>();
  known.set(cluster, before);
  const claimed = before.get(stop) ?? claimOf(cluster, stop);
  before.set(stop, claimed);
  return claimed;
}

function claimOf(cluster: Cluster, stop: Stop): FindingId {
  const claimed = whicheverPackets(cluster, stop);
  // Nothing else stops there.
  const dnsAlone = stop.paths.every(({ pair, back }) => isDns(pair) && !back);
  return dnsAlone && OF_NOBODY.includes(claimed) ? 'dns-unanswered' : claimed;
}

/** Of which nobody says more than that packets stop. */
const OF_NOBODY: readonly FindingId[] = ['policy-drop', 'forward-policy-drop', 'unexplained-drop'];

function whicheverPackets(cluster: Cluster, stop: Stop): FindingId {
  const rule = filterOf(stop);
  if (isLostForItsSource(cluster, stop)) return 'preferred-source-lost';
  if (isInvalid(stop) && diversionOf(cluster, stop) !== null) return 'policy-routing-diverts';
  if (isMisled(cluster, stop, rule)) return 'nat-diverts';
  if (rule !== null) return filterClaim(stop, rule);
  if (diversionOf(cluster, stop) !== null) return 'policy-routing-diverts';
  if (isMismatch(cluster, stop)) return 'vxlan-mismatch';
  return BY_REASON[stop.reason] ?? 'unexplained-drop';
}

/** All of them come from an address that a route names, and would be answered from the interface's own. */
function isLostForItsSource(cluster: Cluster, { reason, paths }: Stop): boolean {
  const isAnswer = DIVERTED.has(reason) && reason !== 'reverse-path' && !OF_THE_PLACE.has(reason);
  const isAsked = reason === 'reverse-path' || reason === 'martian-source';
  return paths.every((path) => {
    const found = path.back && !isAnswer ? null : preferredSource(cluster, path);
    if (found === null) return false;
    return path.back || isAsked || (reason === 'nobody-has-address' && found.isTaken);
  });
}

/** Its ends do not fit each other; one that is there and down is another matter. */
function isMismatch(cluster: Cluster, stop: Stop): boolean {
  const { reason, hop, paths } = stop;
  if (hop.isPod || carrierOf(hop) !== 'vxlan') return false;
  const devices = [...(cluster.node(hop.node)?.devices.values() ?? [])];
  const isDown = devices.some(({ kind, adminUp }) => kind === 'vxlan' && adminUp === false);
  return (
    (reason === 'vni-unknown' || reason === 'source-not-local' || (reason === 'tunnel-missing' && !isDown)) &&
    !paths.every((path) => isByEntry(cluster, stop, path))
  );
}

/** A forwarding entry with a port or a number of its own sent it there (vxlan-fdb-missing), and not the device as it is set. */
export function isByEntry(cluster: Cluster, { hop }: Stop, { path }: StoppedPath): boolean {
  const there = cluster.node(hop.node)?.entity.addresses ?? [];
  return path.hops.some(
    ({ node, egress }) =>
      cluster
        .node(node)
        ?.snapshot.fdb?.value?.some(
          ({ dev, dst, port, vni }) =>
            dev === egress &&
            dst !== null &&
            there.includes(dst) &&
            (port !== undefined || vni !== undefined),
        ) === true,
  );
}

export function stopsClaimedAs(cluster: Cluster, id: FindingId): Stop[] {
  return surveyOf(cluster).stops.filter((stop) => claimedAs(cluster, stop) === id);
}

/** The rule or policy that took it; null where it was no packet filter. */
export function filterOf({ reason, step }: Stop): TraceRule | null {
  return reason === 'filter-drop' || reason === 'filter-reject' ? (step.rules.at(-1) ?? null) : null;
}

/** It asks whether an answer would go back by the device that the packet came in by: iptables' match rpfilter, nft's fib. */
export function asksWayBack(text: string): boolean {
  // Bounded: a rule's text may be as long as somebody likes.
  return /rpfilter|\bfib\b.{0,80}\b(missing|oif)\b/.test(text);
}

/** Calico's raw table asks whether an answer would go back to the Pod. */
function filterClaim({ hop, step, paths }: Stop, { table, text, owner }: TraceRule): FindingId {
  // Of a neighbour it is the question or the answer that a rule takes (app/trace/discovery-filters.ts).
  if (step.stage === 'neighbour') return 'neighbour-discovery-blocked';
  const asksBack = asksWayBack(text);
  const carrier = carrierOf(hop);
  // A tunnel's packets have no question that went another way: of them what is taken is untracked.
  if (carrier !== null && !asksBack) return BLOCKED[carrier] ?? 'unexplained-drop';
  // What conntrack takes for nobody's is no policy's doing, in whose chain it ever stands.
  if (asksForInvalid(text)) return 'unexplained-drop';
  if (asksBack || (table === 'raw' && owner === 'calico')) return 'anti-spoof-drop';
  if (isOfPolicy(step)) return 'policy-drop';
  // Of its other rules none is about a Service (KUBE-FORWARD, KUBE-FIREWALL).
  const ofServices = owner === 'kube-proxy' || owner === 'kube-router';
  if (ofServices && paths.every(({ pair, back }) => pair.service !== undefined && !back))
    return 'service-without-endpoints';
  return step.stage === 'forward' ? 'forward-policy-drop' : 'unexplained-drop';
}

export interface Diversion {
  readonly hop: TraceHop;
  /** `100: from 192.168.1.2 lookup 4321`. */
  readonly rule: string;
  /** Where it would go without. */
  readonly instead: Route | null;
  /** `refusal`: the rule itself says no, `10: from 192.168.1.2 prohibit`. `route`: it is one of table main, `192.168.2.0/25 via …`. `leg`: it is one of the ways of such a route. `no rule`: none leads to table main. */
  readonly by: 'rule' | 'refusal' | 'route' | 'leg' | 'no rule';
}

/** Whatever is sent there ends there, wherever it comes from. */
const OF_THE_PLACE: ReadonlySet<PathReason> = new Set<PathReason>([
  'no-carrier',
  'device-down',
  'forwarding-off',
  'ttl-exceeded',
]);

const DIVERTED: ReadonlySet<PathReason> = new Set<PathReason>([
  'away',
  'elsewhere',
  'no-route',
  'blackhole',
  'unreachable',
  'prohibit',
  'neighbour-failed',
  'nobody-has-address',
  'forwarding-off',
  'reverse-path',
  'loop',
  'device-down',
  'no-carrier',
  'ttl-exceeded',
]);

/** By a rule that rewrites addresses: what a filter takes is that filter's doing, but for what conntrack takes for nobody's. */
function isMisled(cluster: Cluster, stop: Stop, rule: TraceRule | null): boolean {
  const reasons: readonly PathReason[] = ['no-socket', 'unasked', 'martian-source', 'martian-destination'];
  const found = stop.paths.map((path) => translationOf(cluster, path)?.what ?? null);
  const fits = rule === null ? DIVERTED.has(stop.reason) || reasons.includes(stop.reason) : isInvalid(stop);
  if (fits) return found.every((what) => what !== null);
  // What a filter takes of packets that are somebody else's now, or that it does not know for want of conntrack.
  return rule !== null && found.every((what) => what === 'untracked' || what === 'destination');
}

/** A rule takes it as conntrack knows nothing of it. */
export function isInvalid(stop: Stop): boolean {
  return asksForInvalid(filterOf(stop)?.text ?? '');
}

/** A rule that nobody of the cluster's network made has changed the way, and main would have known another. */
export function diversionOf(cluster: Cluster, stop: Stop): Diversion | null {
  const { reason, paths } = stop;
  const [first] = paths;
  const refusing = refusingRule(cluster, stop);
  if (refusing !== null) return refusing;
  const unled = notLedToMain(cluster, stop);
  if (unled !== null) return unled;
  if (first === undefined || !(DIVERTED.has(reason) || isInvalid(stop))) return null;
  for (const hop of first.path.hops) {
    // Where it is dropped for the device it came in by, somebody before has sent it that way.
    if (reason === 'reverse-path' && hop === stop.hop) break;
    const over = overridden(cluster, hop, packetDestination(hop.packet));
    const taken = hop.steps.findLast((step) => step.stage === 'route' && step.route !== null)?.route ?? null;
    if (over !== null && taken !== null && (over.beside || !isUsed(cluster, hop, over.own, taken.dst)))
      return { hop, rule: taken.text, instead: over.own, by: over.beside ? 'leg' : 'route' };
    const route = hop.steps.findLast((step) => step.stage === 'route' && step.route !== null)?.route ?? null;
    const rule = route?.rule ?? null;
    if (rule === null || !isForeignRule(rule)) continue;
    const instead = inMain(cluster, hop, packetDestination(hop.packet));
    if (
      instead !== null &&
      !isLedHome(cluster, stop, hop) &&
      `${instead.dev ?? ''} ${instead.via ?? ''}` !== `${hop.egress ?? ''} ${hop.nextHop ?? ''}`
    )
      return { hop, rule, instead, by: 'rule' };
  }
  return null;
}

/** What ends a packet on the wire to its next hop, whoever sends it there. */
const OF_THE_WIRE: ReadonlySet<PathReason> = new Set<PathReason>([
  'no-carrier',
  'neighbour-failed',
  'nobody-has-address',
]);

/** It leads to the node that it has to come to, by the address that all know it by: what ends there or on the wire before it would end without the rule as well. */
function isLedHome(cluster: Cluster, stop: Stop, hop: TraceHop): boolean {
  const to = packetDestination(hop.packet);
  const home =
    cluster.nodes.find(({ pods }) => pods.some(({ ips }) => ips.includes(to))) ?? cluster.nodesAt(to)[0];
  if (home === undefined || home.label === hop.node) return false;
  if (stop.hop !== hop) return stop.hop.node === home.label && OF_THE_PLACE.has(stop.reason);
  const { addresses = [] } = cluster.inventory?.nodes[home.entity.kubernetesName ?? ''] ?? {};
  const { nextHop } = wayOut(hop);
  return OF_THE_WIRE.has(stop.reason) && nextHop !== null && addresses.includes(nextHop);
}

/** Others go by it to the same addresses all the same, as a rule of theirs says: then the longer route is not what decides. */
function isUsed(cluster: Cluster, { netnsId }: TraceHop, { via, dev }: Route, taken: string): boolean {
  return surveyOf(cluster).ended.some(({ paths }) =>
    paths.some(({ hops }) =>
      hops.some((hop) => {
        const to = hop.netnsId === netnsId ? parseAddress(packetDestination(hop.packet)) : null;
        const same = `${hop.nextHop ?? ''} ${hop.egress ?? ''}` === `${via ?? ''} ${dev ?? ''}`;
        return same && to !== null && holds(taken, to);
      }),
    ),
  );
}

/** No route of a table, but a rule says no. */
function refusingRule(cluster: Cluster, { reason, hop, step }: Stop): Diversion | null {
  if (reason !== 'blackhole' && reason !== 'unreachable' && reason !== 'prohibit') return null;
  const node = hop.isPod || step.route !== null ? null : cluster.node(hop.node);
  if (node === null) return null;
  const to = packetDestination(hop.packet);
  const answer = decision(node, { from: packetSource(hop.packet), to, iif: hop.ingress });
  if (answer?.kind !== 'rejected' || answer.route !== null) return null;
  const rule = `${answer.rule.priority}: ${answer.rule.text}`;
  return isForeignRule(rule) ? { hop, rule, instead: inMain(cluster, hop, to), by: 'refusal' } : null;
}

/** Nobody asks table main, which would have known a way: its rule is gone (`ip rule flush`). */
function notLedToMain(cluster: Cluster, { reason, hop }: Stop): Diversion | null {
  const { rules = [] } = cluster.topology.forwarding[hop.netnsId] ?? {};
  const to = packetDestination(hop.packet);
  const own = rules.filter(({ family }) => (family === 6) === to.includes(':'));
  const isLed = own.some(({ table, action }) => action !== 'lookup' || tableName(table) === 'main');
  if (reason !== 'no-route' || own.length === 0 || isLed) return null;
  const instead = inMain(cluster, hop, to);
  return instead === null ? null : { hop, rule: 'from all lookup main', instead, by: 'no rule' };
}

function inMain({ topology }: Cluster, { netnsId }: TraceHop, destination: string): Route | null {
  const address = parseAddress(destination);
  if (address === null) return null;
  let best: { readonly route: Route; readonly length: number } | null = null;
  for (const route of topology.forwarding[netnsId]?.routes ?? []) {
    if (route.table !== 'main' || route.family !== address.family) continue;
    const prefix = parsePrefix(route.dst);
    if (prefix === null || !inPrefix(address, prefix)) continue;
    const length = Number(route.dst.split('/')[1] ?? 0);
    if (best === null || length > best.length) best = { route, length };
  }
  return best?.route ?? null;
}
