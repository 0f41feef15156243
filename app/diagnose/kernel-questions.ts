// Which routes of the ways that a diagnosis follows the nodes' kernels are asked for: a few of each node, of each way out of it one first.
import type { TraceLookup } from '../trace/model.ts';
import { clusterOf } from './cluster.ts';
import type { KnownFacts } from './detected.ts';
import { surveyOf } from './paths/stops.ts';

/** Of a node: each is a process of some 3 ms there. */
const MOST_OF_NODE = 16;

export function kernelQuestions(known: KnownFacts): TraceLookup[] {
  const byNode = new Map<string, TraceLookup[]>();
  for (const one of surveyOf(clusterOf(known)).lookups)
    if (!one.isPod || one.pid !== null) byNode.set(one.node, [...(byNode.get(one.node) ?? []), one]);
  return [...byNode.values()].flatMap((lookups) => {
    const firsts = new Map(
      lookups.toReversed().map((one) => [`${one.netnsId} ${JSON.stringify(one.expected)}`, one]),
    );
    const chosen = new Set(firsts.values());
    // The node's own decide for all.
    return [...chosen, ...lookups.filter((one) => !chosen.has(one))]
      .sort((a, b) => Number(a.isPod) - Number(b.isPod))
      .slice(0, MOST_OF_NODE);
  });
}
