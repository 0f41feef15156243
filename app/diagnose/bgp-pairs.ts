// Sessions that should be up and are not, each with the node to look at first, for the detectors of BGP.
import { shellWord } from '../probe/shell-word.ts';
import type { BgpMatrixEnd, BgpMatrixPair } from '../topology/bgp-matrix-model.ts';
import { routeOwner } from '../route/owner.ts';
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { bgpOf, sessionOf, wholeNode, type Subject } from './subject.ts';

/**
 * Silent where nobody's packets depend on BGP, and about peers that Kubernetes knows to be away (FIELD-NOTES §8).
 * @param also what shows that a session is in trouble before the daemons know it.
 */
export function troubledPairs(
  cluster: Cluster,
  also: (pair: BgpMatrixPair) => boolean = () => false,
): BgpMatrixPair[] {
  return cluster.bgp.pairs.filter(
    (pair) =>
      (pair.wrong || also(pair)) &&
      pair.sides.every((side) => speaksBgp(cluster, side.nodeId === null ? null : cluster.node(side.name))) &&
      !isForgotten(pair),
  );
}

/** A session of it should be up. Null: nobody's node, of which nothing is known. */
export function speaksBgp(cluster: Cluster, node: DiagnosedNode | null): boolean {
  return node === null || (dependsOnBgp(node) && !isAway(cluster, node));
}

/** With VXLAN or eBPF a session may be left over. */
export function dependsOnBgp({ entity, routes }: DiagnosedNode): boolean {
  const encapsulates = /VXLAN|eBPF/.test(entity.cni.mode ?? '');
  return !encapsulates || routes.some((route) => routeOwner(route) === 'bird');
}

export function isAway({ inventory }: Cluster, { entity }: DiagnosedNode): boolean {
  return inventory?.nodes[entity.kubernetesName ?? '']?.ready === false;
}

/** One of the mesh to a machine that is nobody's node any more: Calico takes it out of the configuration. */
function isForgotten({ sides, ends }: BgpMatrixPair): boolean {
  const stranger = sides.some(({ nodeId }) => nodeId === null);
  // Calico's names (confd's bird.cfg.template).
  return stranger && ends.some((end) => end?.name.startsWith('Mesh_') === true);
}

/** Where nobody configured another: RFC 4271 §2. */
export function bgpPortOf({ inventory }: Cluster): number {
  return inventory?.calico.bgpConfigurations['default']?.listenPort ?? 179;
}

/**
 * For each pair the node to look at first: the one that has this trouble with most others; of two alike the one that has any with
 * most; of two alike the first.
 * @param all in trouble, whatever it is.
 * @returns by pair, a node's label, or the name of a stranger.
 */
export function culprits(
  pairs: readonly BgpMatrixPair[],
  all: readonly BgpMatrixPair[] = pairs,
): ReadonlyMap<BgpMatrixPair, string> {
  const counts = new Map<string, number>();
  const count = (some: readonly BgpMatrixPair[], weight: number): void => {
    for (const { sides } of some)
      for (const { name } of sides) counts.set(name, (counts.get(name) ?? 0) + weight);
  };
  count(pairs, all.length + 1);
  count(all, 1);
  return new Map(
    pairs.map((pair) => {
      const [one, other] = pair.sides;
      const own = pair.sides.filter(({ nodeId }) => nodeId !== null);
      const more = (counts.get(other.name) ?? 0) > (counts.get(one.name) ?? 0) ? other : one;
      return [pair, (own.includes(more) ? more : (own[0] ?? more)).name];
    }),
  );
}

export function pairName({ sides: [one, other] }: BgpMatrixPair): string {
  return `${one.name} – ${other.name}`;
}

/** What a session hangs on. */
export function touchedBy({ sides: [one, other] }: BgpMatrixPair): Subject[] {
  return [
    sessionOf(one.name, other.name),
    ...[one, other].flatMap(({ name }) => [wholeNode(name), bgpOf(name)]),
  ];
}

export function endsOf({ ends }: BgpMatrixPair): BgpMatrixEnd[] {
  return ends.flatMap((end) => end ?? []);
}

/** It tries, or waits for the other to try, and nothing comes: BIRD's words (RFC 4271 §8.2.2). */
export function isKnocking({ health, state }: BgpMatrixEnd): boolean {
  return health === 'down' && /\b(Connect|Active|OpenSent)\b/.test(state);
}

/** `birdcl`, as it is asked there. */
export function birdcl(end: BgpMatrixEnd, words: string): string {
  const socket = end.sessionId.replace(/\++$/, '').split('@').at(-1) ?? '';
  const at = socket.startsWith('/') ? ` -s ${shellWord(socket)}` : '';
  return end.program === 'gobgp' ? `gobgp neighbor ${end.neighbourAddress ?? ''}` : `birdcl${at} ${words}`;
}
