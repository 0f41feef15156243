// One side of a session expects another AS number than its peer has: each OPEN is refused (RFC 4271 §6.2, "Bad Peer AS").
import { shellWord } from '../../probe/shell-word.ts';
import { birdcl, endsOf, pairName, touchedBy, troubledPairs } from '../bgp-pairs.ts';
import { everywhere, proof, type Cluster } from '../cluster.ts';
import type { Detector } from '../detector.ts';
import { draft } from '../draft.ts';
import type { BgpMatrixEnd, BgpMatrixPair } from '../../topology/bgp-matrix-model.ts';
import { oddOnesOut } from '../odd-one-out.ts';
import { sessionOf } from '../subject.ts';

const REFUSED = /bad peer as|bad neighbou?r as/i;

export const bgpAsMismatch: Detector = {
  id: 'bgp-as-mismatch',
  concludes: 'a BGP session is down because one side expects another AS number than its peer has',
  explainedBy: [],
  detect(cluster) {
    const own = new Map(
      cluster.bgp.nodes.flatMap(({ label, nodeId, as }): [string, number][] => {
        const told = cluster.bgp.pairs
          .flatMap(endsOf)
          .find((end) => end.nodeId === nodeId && end.localAs !== null)?.localAs;
        const number = told ?? as;
        return number === null ? [] : [[label, number]];
      }),
    );
    const odd = oddOnesOut(own);
    const usual = mostOf(own);
    const expected = expectations(cluster);
    /** Of a node whose daemon is dead: what its other peers expect of it, where that is what most nodes have. */
    const silentAs = (pair: BgpMatrixPair, end: BgpMatrixEnd): number | null => {
      const far = pair.sides.find(({ name }) => name !== end.nodeLabel);
      if (cluster.node(far?.name ?? '')?.entity.bird.state !== 'dead') return null;
      const others = (expected.get(far?.name ?? '') ?? []).filter((one) => one.end !== end);
      const [number = null, ...more] = new Set(others.map((one) => one.as));
      return more.length === 0 && number === usual ? number : null;
    };
    const drafts = troubledPairs(cluster).flatMap((pair) => {
      const ends = endsOf(pair);
      const [a, b] = pair.ends;
      const actualFor = (end: BgpMatrixEnd): number | null =>
        (end === a ? b : a)?.localAs ?? silentAs(pair, end);
      const wrong = ends.find((end) => {
        const actual = actualFor(end);
        return end.neighbourAs !== null && actual !== null && end.neighbourAs !== actual;
      });
      const refused = ends.find(({ lastError, state }) => REFUSED.test(`${lastError ?? ''} ${state}`));
      const told = wrong ?? refused;
      if (told === undefined) return [];
      const far = pair.sides.find(({ name }) => name !== told.nodeLabel);
      const actual = actualFor(told);
      const heard = ((told === a ? b : a)?.localAs ?? null) !== null;
      const stranger = odd?.odd.find(({ label }) => pair.sides.some(({ name }) => name === label));
      return [
        draft({
          confidence: wrong === undefined || !heard ? 'likely' : 'certain',
          surer: wrong === undefined || !heard ? `Read what AS number ${far?.name ?? 'the peer'} has.` : null,
          node: stranger?.label ?? told.nodeLabel,
          title: `The AS numbers of ${pairName(pair).replace(' – ', ' and ')} do not fit`,
          because:
            wrong === undefined
              ? `${told.nodeLabel} says: ${told.lastError ?? told.state}.`
              : `${told.nodeLabel} expects AS ${String(told.neighbourAs)} at ${far?.name ?? ''}, which is AS ${String(actual)}${heard ? '' : ' to its other peers'}${odd === null ? '' : `; most nodes are AS ${odd.usual}`}. A peer of another number is refused.`,
          proofs: ends.flatMap((end) =>
            proof(cluster.node(end.nodeLabel)?.snapshot.bird, end.name, 'Neighbor AS', 'Local AS'),
          ),
          mend: [
            'Set the number where it is wrong: BGPConfiguration (all nodes), spec.bgp.asNumber of the Calico node (one), or the BGPPeer.',
            'calicoctl get bgpconfigurations default -o yaml',
            'calicoctl get nodes -o wide',
            ...ends
              .slice(0, 2)
              .map(
                (end) =>
                  `${birdcl(end, `show protocols all ${shellWord(end.name)}`)}   # on ${end.nodeLabel}`,
              ),
          ],
          breaks: [sessionOf(pair.sides[0].name, pair.sides[1].name)],
          touches: touchedBy(pair),
        }),
      ];
    });
    return everywhere(drafts);
  },
};

/** By node, what each of its peers takes its number to be. */
function expectations({
  bgp,
}: Cluster): ReadonlyMap<string, { readonly end: BgpMatrixEnd; readonly as: number }[]> {
  const found = new Map<string, { readonly end: BgpMatrixEnd; readonly as: number }[]>();
  for (const { sides, ends } of bgp.pairs)
    for (const [at, end] of ends.entries()) {
      const far = sides[1 - at]?.name ?? '';
      if (end === null || end.neighbourAs === null) continue;
      found.set(far, found.get(far) ?? []);
      found.get(far)?.push({ end, as: end.neighbourAs });
    }
  return found;
}

function mostOf(own: ReadonlyMap<string, number>): number | undefined {
  const all = [...own.values()];
  return all.find((one) => all.filter((other) => other === one).length * 2 > all.length);
}
