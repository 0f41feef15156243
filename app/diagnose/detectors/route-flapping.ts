// One destination's route that comes and goes, or changes its owner again and again: two programs fight over it (Felix and BIRD), or
// somebody's session flaps.
import { proof, type Cluster, type DiagnosedNode, everywhere } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { routeChanges, type RouteChange } from '../route-changes.ts';
import { bgpOf, prefixOf, wholeNode } from '../subject.ts';

/** Withdrawn and told again is two changes, and no flapping. */
const FLAPS_FROM = 3;
/** What has been quiet for longer than twice its longest rest, and seconds beyond that in which a change may not have been read yet, is over. */
const QUIET_S = 4;

export const routeFlapping: Detector = {
  id: 'route-flapping',
  concludes: 'the route to one destination changes again and again on one node',
  explainedBy: ['bgp-not-established', 'link-down'],
  detect: (cluster) => everywhere(cluster.nodes.flatMap((node) => flapping(cluster, node))),
};

function flapping(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const byPlace = new Map<string, RouteChange[]>();
  for (const change of routeChanges(cluster, node))
    byPlace.set(change.place, [...(byPlace.get(change.place) ?? []), change]);
  return [...byPlace.values()].flatMap((changes): Draft[] => {
    const dst = changes[0]?.dst ?? '';
    if (changes.length < FLAPS_FROM || !comesBack(changes) || isOver(changes, node)) return [];
    const protos = [...new Set(changes.flatMap(({ proto }) => proto ?? []))];
    const seconds = Math.max(1, Math.round((changes.at(-1)?.atS ?? 0) - (changes[0]?.atS ?? 0)));
    const fight = protos.length > 1;
    return [
      draft({
        confidence: fight ? 'certain' : 'likely',
        surer: fight
          ? null
          : 'See who takes it away: ip -ts monitor route, beside the logs of BIRD and Felix.',
        node: node.label,
        title: fight
          ? `Two programs fight over the route to ${dst} on ${node.label}`
          : `The route to ${dst} on ${node.label} comes and goes`,
        because: `It changed ${changes.length} times in ${seconds} s${fight ? `, between the protocols ${protos.join(' and ')}` : ''}. Each time packets to it take another way, or none.`,
        proofs: [...proof(node.snapshot.routes4, dst), ...proof(node.snapshot.routes6, dst)],
        mend: [
          fight
            ? 'Let one of them alone program it: in Felix programClusterRoutes or the pool’s encapsulation, in BIRD its kernel export filter.'
            : 'Find who takes it away.',
          `ip -ts monitor route   # on ${node.label}`,
          'calicoctl get felixconfigurations default -o yaml',
          `birdcl show route ${dst} all`,
        ],
        breaks: [prefixOf(dst)],
        touches: [wholeNode(node.label), bgpOf(node.label)],
      }),
    ];
  });
}

/** To what it was after an earlier change; one that follows where endpoints move to is another each time. */
function comesBack(changes: readonly RouteChange[]): boolean {
  const states = changes.map(({ kind, text }) => (kind === 'route-ended' ? '' : text));
  return new Set(states).size < states.length;
}

function isOver(changes: readonly RouteChange[], { snapshot }: DiagnosedNode): boolean {
  const times = changes.map(({ atS }) => atS);
  const rests = times.slice(1).map((atS, at) => atS - (times[at] ?? atS));
  return snapshot.at.s - (times.at(-1) ?? 0) > 2 * Math.max(0, ...rests) + QUIET_S;
}
