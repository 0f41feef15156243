// A node cannot pass on what is for a peer's Pods: BIRD has learned a route whose next hop it cannot reach (`unreachable`), an unreachable or
// blackhole route lies over the peer's block, or the kernel asks for the next hop's MAC address in vain.
import type { BgpRoute } from '../../probe/facts.ts';
import { routeOwner } from '../../route/owner.ts';
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { destination, refusal } from '../destinations.ts';
import { housed, ownBlock, type Housed } from '../housed-addresses.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import type { FindingId } from '../finding.ts';
import { isForeignRule } from '../paths/foreign-rule.ts';
import { overlap, prefixLength } from '../prefixes.ts';
import { addressOf, bgpOf, prefixOf, routesOf, wholeNode } from '../subject.ts';
import type { Route } from '../../topology/model.ts';
import { unansweredHops } from '../unanswered-hops.ts';

const EXAMPLES = 4;

const CAUSES = [
  'link-down',
  'ipv6-disabled',
  'address-unusable',
  'routes-flushed',
  'node-address-mismatch',
  'netmask-mismatch',
  'node-identity-clash',
  'wrong-neighbour',
  'duplicate-mac',
  'own-address-not-local',
  'neighbour-discovery-blocked',
  'stale-bgp-routes',
] as const;

const OF_MACS: readonly FindingId[] = ['wrong-neighbour', 'duplicate-mac', 'neighbour-discovery-blocked'];

export const unresolvedNextHop: Detector = {
  id: 'unresolved-next-hop',
  concludes: 'the next hop to a peer’s Pods cannot be reached, or a route that refuses lies before it',
  explainedBy: [...CAUSES, 'policy-routing-diverts'],
  detect: (cluster) =>
    everywhere(
      cluster.nodes.flatMap((node) => {
        const told = unresolved(cluster, node);
        const routes = [...told, ...misled(cluster, node), ...unansweredHops(cluster, node)];
        return [...routes.map((one) => ({ ...one, explainedBy: CAUSES })), ...covered(cluster, node, told)];
      }),
    ),
};

/** BIRD's own word: it knows no way to the next hop. Blocks of one's own are blackholes, and no BGP routes. */
function unresolved(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const { label, snapshot } = node;
  const dead = (snapshot.bird?.value?.routes?.routes ?? []).filter(
    ({ type, source, primary }) => type === 'unreachable' && source === 'BGP' && primary,
  );
  const byHop = new Map<string, string[]>();
  for (const { bgpNextHop, dst } of dead)
    byHop.set(bgpNextHop ?? '', [...(byHop.get(bgpNextHop ?? '') ?? []), dst]);
  return [...byHop].map(([hop, dsts]) => {
    const [owner] = cluster.nodesAt(hop);
    return draft({
      node: label,
      title: `${label} knows no way to ${hop === '' ? 'a next hop' : hop}, the next hop of ${dsts[0] ?? ''}${dsts.length > 1 ? ` and ${dsts.length - 1} more` : ''}`,
      because: `BIRD has learned ${dsts.slice(0, EXAMPLES).join(', ')} and calls ${dsts.length === 1 ? 'it' : 'them'} unreachable: no route of ${label} leads to ${hop}${owner === undefined ? ', which is no address of a node that was read' : `, an address of ${owner.label}`}. Packets for ${dsts.length === 1 ? 'it' : 'them'} are refused.`,
      proofs: [
        ...proof(snapshot.bird, ...dsts.slice(0, EXAMPLES)),
        ...proof(snapshot.routes4, ...dsts.slice(0, EXAMPLES)),
        ...proof(snapshot.routes6, ...dsts.slice(0, EXAMPLES)),
      ],
      mend: [
        'The next hop has to lie in a network of this node, or a route has to lead there: nodes in different subnets need a router that knows both, or “next hop self” at a reflector.',
        `ip route get ${hop}   # on ${label}`,
        `birdcl show route for ${hop} all`,
      ],
      breaks: dsts.map(prefixOf),
      family: dsts.some((dst) => dst.includes(':')) ? 6 : 4,
      touches: [
        wholeNode(label),
        routesOf(label),
        ...(owner === undefined ? [] : [wholeNode(owner.label), bgpOf(owner.label)]),
      ],
    });
  });
}

/** BIRD has asked its own list of networks for the next hop, and that lacks one that the kernel has: what a gateway makes of it nobody knows. */
function misled(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const byGateway = new Map<string, Misled[]>();
  for (const route of node.snapshot.bird?.value?.routes?.routes ?? []) {
    const one = misledRoute(cluster, node, route);
    if (one !== null) byGateway.set(one.via, [...(byGateway.get(one.via) ?? []), one]);
  }
  return [...byGateway.values()].map((all) => misledDraft(node, all));
}

interface Misled {
  readonly dst: string;
  readonly via: string;
  /** Whose it is, and where BIRD says that is. */
  readonly owner: DiagnosedNode;
  readonly hop: string;
  /** The kernel's route straight there. */
  readonly straight: Route;
}

function misledRoute(
  cluster: Cluster,
  node: DiagnosedNode,
  { dst, type, source, primary, bgpNextHop, nexthops }: BgpRoute,
): Misled | null {
  const [hop] = nexthops;
  const via = hop?.via ?? null;
  if (type !== 'unicast' || source !== 'BGP' || !primary || bgpNextHop === null || nexthops.length !== 1)
    return null;
  if (via === null || via === bgpNextHop || /^fe80:/.test(via)) return null;
  const answer = destination(node, bgpNextHop);
  const [owner] = cluster.nodesAt(bgpNextHop);
  if (owner === undefined || owner === node || answer?.kind !== 'route') return null;
  const { route } = answer;
  if (route.via !== null || route.nexthops.length > 0 || route.dev !== hop?.dev) return null;
  return cluster.nodesAt(via).length > 0 ? null : { dst, via, owner, hop: bgpNextHop, straight: route };
}

function misledDraft({ label, snapshot }: DiagnosedNode, all: readonly Misled[]): Draft {
  const [first] = all;
  if (first === undefined) throw new Error('of no route nothing is told');
  const { via, hop, straight, owner } = first;
  const dsts = all.map(({ dst }) => dst);
  const some = `${dsts.slice(0, EXAMPLES).join(', ')}${dsts.length > EXAMPLES ? ', …' : ''}`;
  const owners = [...new Set(all.map((one) => one.owner.label))];
  return draft({
    confidence: 'likely',
    surer: `See whether ${via} knows the way: traceroute to a Pod of ${owner.label}.`,
    node: label,
    title: `${label} sends what is for ${some} to ${via}, though ${all.length === 1 ? `its next hop ${hop} is` : 'the next hops are'} in its own network`,
    because: `BIRD has learned ${some} from ${owners.join(', ')}, whose ${[...new Set(all.map((one) => one.hop))].join(', ')} the kernel of ${label} reaches straight by ${straight.dst} on ${straight.dev ?? ''}. BIRD does not know that network of its own device and has taken the route to a gateway instead: whether ${via} passes packets for Pods on is not known.`,
    proofs: [
      ...proof(snapshot.bird, ...dsts.slice(0, EXAMPLES)),
      ...proof(hop.includes(':') ? snapshot.routes6 : snapshot.routes4, first.dst, straight.dst),
    ],
    mend: [
      'Let BIRD read its devices anew, and see whether its protocol “direct” is enabled and which address was taken from that device: it forgets the network with one of several addresses in it.',
      `ip route get ${hop}   # on ${label}`,
      'birdcl show route for ' + hop + ' all',
      'birdcl disable direct1; birdcl enable direct1   # the name of its protocol “direct”',
    ],
    breaks: dsts.map(prefixOf),
    touches: [wholeNode(label), routesOf(label), ...owners.flatMap((one) => [wholeNode(one), bgpOf(one)])],
    family: hop.includes(':') ? 6 : 4,
  });
}

/** Routes that refuse what is for Pods of others. `told`: those that BIRD itself calls unreachable. */
function covered(cluster: Cluster, node: DiagnosedNode, told: readonly Draft[]): Draft[] {
  const { label, snapshot } = node;
  const known = new Set(told.flatMap(({ breaks }) => breaks));
  const byRoute = new Map<
    string,
    { readonly type: string; readonly dst: string; readonly byRule: boolean; readonly lost: Housed[] }
  >();
  for (const house of housed(cluster)) {
    const answer = house.node === node ? null : refusal(node, house.ip);
    if (answer === null) continue;
    const { type, route, rule } = answer;
    const dst = route?.dst ?? `rule ${rule.text}`;
    if (known.has(prefixOf(dst)) || ownBlock(cluster, node, dst)) continue;
    const before = byRoute.get(`${type} ${dst}`) ?? {
      ...{ type, dst, lost: [] },
      byRule: isForeignRule(`${String(rule.priority)}: ${rule.text}`),
    };
    before.lost.push(house);
    byRoute.set(`${type} ${dst}`, before);
  }
  return [...byRoute.values()].map(({ type, dst, byRule, lost }) => {
    const homes = [...new Set(lost.map((house) => house.node.label))];
    const [first] = lost;
    const route = node.routes.find((one) => one.dst === dst && one.type === type);
    const drafted = draft({
      node: label,
      title: `${label} refuses packets for Pods of ${homes.join(', ')}: ${type} ${dst}`,
      because: `${first === undefined ? '' : podName(first.pod)}${lost.length > 1 ? ` and ${lost.length - 1} more` : ''} on ${homes.join(', ')} cannot be reached from ${label}: the longest route to ${first?.ip ?? ''} there is ${type} ${dst}${route === undefined ? '' : ` (protocol ${route.proto})`}, which lies before any that leads to ${homes.join(', ')}.`,
      proofs: [
        ...proof(snapshot.routes4, dst),
        ...proof(snapshot.routes6, dst),
        ...(dst.startsWith('rule ') ? proof(snapshot.rules4, type) : []),
      ],
      mend: [
        'Take it away unless somebody means it; where BGP put it there, see why the next hop is not reached.',
        `ip route get ${first?.ip ?? ''}   # on ${label}`,
        dst.startsWith('rule ') ? 'ip rule' : `ip route del ${type} ${dst}`,
      ],
      family: first?.ip.includes(':') === true ? 6 : 4,
      breaks: [prefixOf(dst), ...lost.map(({ ip }) => addressOf(ip))],
      touches: [
        wholeNode(label),
        routesOf(label),
        ...homes.flatMap((home) => [wholeNode(home), bgpOf(home)]),
      ],
    });
    // Whose rule leads there, that one tells.
    if (byRule) return drafted;
    const causes = route !== undefined && isAdded(cluster, route, lost) ? [] : CAUSES;
    // No wrong MAC address makes a route refuse.
    return { ...drafted, explainedBy: causes.filter((id) => !OF_MACS.includes(id)) };
  });
}

/** By hand, and nobody's consequence; a wider one only shows where the route to those Pods is gone. */
function isAdded(cluster: Cluster, route: Route, lost: readonly Housed[]): boolean {
  const owner = routeOwner(route);
  if (owner !== 'boot' && owner !== 'static') return false;
  const blocks = Object.values(cluster.inventory?.calico.blocks ?? {}).map(({ cidr }) => cidr);
  return lost.every(({ ip }) => {
    const known = cluster.nodes.flatMap((node) => {
      const answer = destination(node, ip);
      return answer?.kind === 'route' && !answer.route.dst.endsWith('/0') ? [answer.route.dst] : [];
    });
    const own = blocks.filter((block) => overlap(block, ip));
    return [...known, ...own].some((prefix) => prefixLength(prefix) <= prefixLength(route.dst));
  });
}
