// Routes that BGP once brought and that nobody keeps up any more: BIRD is dead and they stayed in the kernel (`persist`, or it was
// killed), a BIRD that runs does not have them, or somebody has written another next hop over its own.
import type { BgpRoute } from '../../probe/facts.ts';
import { routeOwner } from '../../route/owner.ts';
import { routeText } from '../../route/route-text.ts';
import { tableName } from '../../route/rule-match.ts';
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { destination } from '../destinations.ts';
import { draft } from '../draft.ts';
import { calicoNamespace, factOf, isReady } from '../pods.ts';
import { addressOf, bgpOf, prefixOf, wholeNode } from '../subject.ts';
import type { Route } from '../../topology/model.ts';

/** Graceful restart gives BIRD this long to learn its routes anew (Calico's default), and an upgrade takes no longer. */
const RESTART_S = 240;
const EXAMPLES = 5;

export const staleBgpRoutes: Detector = {
  id: 'stale-bgp-routes',
  concludes:
    'routes of BGP stay in the kernel although BIRD is dead or does not have them, or lead to a next hop that is not BIRD’s',
  explainedBy: [],
  detect: (cluster) =>
    everywhere(
      cluster.nodes.flatMap((node) => [
        ...keptByTheDead(cluster, node),
        ...leftBehind(node),
        ...ledElsewhere(cluster, node),
      ]),
    ),
};

function keptByTheDead(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const { label, entity, routes, snapshot } = node;
  const { state, kernelRoutes, sentence } = entity.bird;
  if (state !== 'dead' || kernelRoutes === 0 || isReplaced(cluster, node)) return [];
  const kept = routes.filter((route) => routeOwner(route) === 'bird');
  return [
    draft({
      node: label,
      title: `BIRD is dead on ${label}, and its ${kernelRoutes} ${kernelRoutes === 1 ? 'route stays' : 'routes stay'}`,
      because: `${sentence ?? 'BIRD dead'}. Packets go on by what BIRD last knew (${named(kept.map(({ dst }) => dst))}); nothing takes a change of any other node in, and others drop what ${label} told them once graceful restart is over.`,
      proofs: [
        ...proof(snapshot.bird),
        ...proof(snapshot.routes4, ...kept.slice(0, EXAMPLES).map(({ dst }) => dst)),
      ],
      mend: [
        `Start BIRD on ${label}: with Calico it runs in calico-node.`,
        `kubectl -n ${calicoNamespace(cluster)} get pods -o wide --field-selector spec.nodeName=${entity.kubernetesName ?? label}`,
        `kubectl -n ${calicoNamespace(cluster)} delete pod CALICO-NODE-POD   # it is made anew`,
      ],
      breaks: [bgpOf(label), ...kept.map(({ dst }) => prefixOf(dst))],
      touches: [wholeNode(label)],
    }),
  ];
}

/** calico-node is being replaced there (an upgrade, a restart): the old one is about to end, or the new one is not ready yet. */
function isReplaced(cluster: Cluster, { pods, snapshot }: DiagnosedNode): boolean {
  return pods.some((pod) => {
    if (!/(^|\/)calico-node-/.test(podName(pod))) return false;
    const young = snapshot.at.s - pod.since.s < RESTART_S;
    return factOf(cluster, pod)?.terminating === true || (young && !isReady(pod));
  });
}

/** What BIRD has, asked after the kernel, and in full; null: nothing can be compared. */
function toldByBird({ entity, snapshot }: DiagnosedNode): readonly BgpRoute[] | null {
  const { bird, routes4 } = snapshot;
  const told = bird?.value?.routes ?? null;
  // Asked before the kernel, BIRD may have learned since what it did not have yet; of a cut table nothing is missing.
  const [asked, read] = [bird?.at ?? null, routes4?.at ?? null];
  const later = asked !== null && read !== null && !isEarlier(asked, read);
  if (entity.bird.state !== 'running' || told === null || told.cut || !later || justBegan(snapshot))
    return null;
  return told.unread.length > 0 || bird?.state !== 'ok' ? null : told.routes;
}

/**
 * Somebody has written another next hop over BIRD's, one that nobody known has, and packets for others' Pods take it: what stands behind with a
 * higher metric, and a default route that a router tells as well, does no harm. Over another node's, ways that packets take tell.
 */
function ledElsewhere(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const { label, routes, snapshot } = node;
  const told = toldByBird(node);
  if (told === null) return [];
  const hops = new Map<string, Set<string>>();
  for (const { dst, source, type, nexthops } of told) {
    if (source !== 'BGP' || type !== 'unicast') continue;
    const known = hops.get(dst) ?? new Set<string>();
    hops.set(dst, known);
    for (const { via } of nexthops) if (via !== null) known.add(via);
  }
  const others = routes.flatMap((route) => {
    const known = hops.get(route.dst);
    if (known === undefined || known.size === 0 || tableName(route.table) !== 'main') return [];
    const vias = (route.nexthops.length > 0 ? route.nexthops : [route]).flatMap(({ via }) => via ?? []);
    const stray = vias.filter((via) => !known.has(via) && cluster.nodesAt(via).length === 0);
    return route.type === 'unicast' && stray.length > 0 ? [{ route, stray, known: [...known] }] : [];
  });
  const taken = others.length === 0 ? new Set<Route>() : routesToPods(cluster, node);
  const led = others.filter(({ route }) => taken.has(route) && !route.dst.endsWith('/0'));
  return led.map(({ route, stray, known }) =>
    draft({
      confidence: 'likely',
      surer: `Ask who has that address: arping -c 3 ${stray[0] ?? ''}.`,
      node: label,
      device: route.dev,
      title: `The kernel of ${label} sends ${route.dst} via ${named(stray)}, and BIRD says via ${named(known)}`,
      because: `“${routeText(route)}” is not what BIRD has learned, and nobody known has ${named(stray)}: what goes there${route.nexthops.length > 1 ? ', a part of all connections,' : ''} does not come to the Pods.`,
      proofs: [
        ...proof(route.family === 4 ? snapshot.routes4 : snapshot.routes6, route.dst),
        ...proof(snapshot.bird, route.dst),
      ],
      mend: [
        'Put BIRD’s next hop back, or have BIRD write its routes anew; see who writes routes beside it.',
        `ip route replace ${route.dst} via ${known[0] ?? ''} proto bird   # on ${label}`,
        'birdcl restart kernel1   # or: calico-node made anew',
      ],
      breaks: [prefixOf(route.dst), ...stray.map(addressOf)],
      touches: [wholeNode(label), bgpOf(label)],
    }),
  );
}

/** That packets for Pods on other nodes take. */
function routesToPods({ pods }: Cluster, node: DiagnosedNode): ReadonlySet<Route> {
  const others = pods.filter(({ nodeId }) => nodeId !== node.entity.id).flatMap(({ ips }) => ips);
  const answers = others.map((ip) => destination(node, ip));
  return new Set(answers.flatMap((answer) => (answer?.kind === 'route' ? [answer.route] : [])));
}

function leftBehind(node: DiagnosedNode): Draft[] {
  const { label, snapshot, routes } = node;
  const { bird, routes4, routes6 } = snapshot;
  const told = toldByBird(node);
  if (told === null) return [];
  const had = new Set(told.map(({ dst }) => dst));
  const families = new Set(told.map(({ dst }) => dst.includes(':')));
  const left = routes.filter(
    (route) =>
      (route.table === 'main' || route.table === '254') &&
      routeOwner(route) === 'bird' &&
      !had.has(route.dst) &&
      families.has(route.family === 6),
  );
  if (left.length === 0) return [];
  const dsts = left.map(({ dst }) => dst);
  return [
    draft({
      confidence: 'likely',
      surer: 'Look again in a minute: BIRD scans the kernel’s table now and then.',
      node: label,
      title: `The kernel of ${label} has ${left.length} BGP ${left.length === 1 ? 'route' : 'routes'} that BIRD does not have`,
      because: `${named(dsts)} ${left.length === 1 ? 'is' : 'are'} marked as BIRD’s in the kernel, and the BIRD that runs does not know ${left.length === 1 ? 'it' : 'them'}: nobody will change or take back ${left.length === 1 ? 'that route' : 'those routes'}.`,
      proofs: [
        ...proof(routes4, ...dsts.slice(0, EXAMPLES)),
        ...proof(routes6, ...dsts.slice(0, EXAMPLES)),
        ...proof(bird, ...dsts.slice(0, EXAMPLES)),
      ],
      mend: [
        'Compare both, and take away what nobody tells any more.',
        'birdcl show route',
        ...dsts.slice(0, EXAMPLES).map((dst) => `ip route del ${dst} proto bird`),
      ],
      breaks: dsts.map(prefixOf),
      touches: [wholeNode(label), bgpOf(label)],
    }),
  ];
}

function justBegan({ bird, at }: DiagnosedNode['snapshot']): boolean {
  return (bird?.value?.daemons ?? []).some(({ lastReboot, zone }) => {
    const began = Date.parse(`${(lastReboot ?? '').trim().replace(' ', 'T')}Z`);
    // Its clock not understood: it may have begun just now.
    return Number.isNaN(began) || at.s - (began / 1000 - (zone ?? 0)) < RESTART_S;
  });
}

function isEarlier(
  a: { readonly s: number; readonly ns: number },
  b: { readonly s: number; readonly ns: number },
): boolean {
  return a.s < b.s || (a.s === b.s && a.ns < b.ns);
}

function named(dsts: readonly string[]): string {
  const some = [...new Set(dsts)];
  return `${some.slice(0, EXAMPLES).join(', ')}${some.length > EXAMPLES ? ', …' : ''}`;
}
