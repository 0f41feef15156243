// Which routes of the ways that a diagnosis follows the nodes' kernels are asked for: a few of each node, of each way out of it one first.
import type { TraceLookup } from '../trace/model.ts';
import { clusterOf } from './cluster.ts';
import type { KnownFacts } from './detected.ts';
import type { Diagnosis } from './finding.ts';
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

/** What came of asking. */
export interface KernelsHeard {
  /** One contradicts the model, and did so again. */
  readonly contradicted: boolean;
  /** Labels of nodes: those that answered, and those that did not in time. */
  readonly answered: readonly string[];
  readonly unheard: readonly string[];
}

/** Who does not answer in time agrees with nothing: that is said. */
export function withKernels(
  diagnosis: Diagnosis,
  { answered, unheard }: Pick<KernelsHeard, 'answered' | 'unheard'>,
): Diagnosis {
  const id = 'kernel-disagrees';
  const checked = diagnosis.checked.filter((one) => one !== id);
  const why = `The kernels of ${unheard.join(', ')} were not asked in time: whether they route as their rules and tables say is not known.`;
  return {
    ...diagnosis,
    checked: answered.length === 0 ? checked : [...checked, id],
    skipped: unheard.length === 0 ? diagnosis.skipped : [...diagnosis.skipped, { id, why }],
  };
}
