// What kernels said of routes otherwise than our model, when they were last asked: beside every diagnosis for a while, since asking them costs
// their nodes more than a diagnosis may that is made every few seconds. What the model reckoned from tables that are others by now contradicts
// nobody any more: a kernel knows of a change before we have read it.
import { MOST_CONTRADICTIONS, type DiagnoseRequest } from '../../app/diagnose/hint.ts';
import type { KernelsHeard } from '../../app/diagnose/kernel-questions.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { KernelContradiction, TraceLookup } from '../../app/trace/model.ts';
import type { KernelWords } from './kernel-reader.ts';

/** ms after which nobody knows whether it is still so. */
const keptMs = 30_000;

interface Said {
  /** Null: it says the same as the model. */
  readonly word: KernelContradiction | null;
  /** When it was asked, ms of performance.now(). */
  readonly at: number;
  /** What the model reckoned from. */
  readonly tables: Topology['forwarding'];
}

type Lookups = () => Promise<readonly TraceLookup[]>;

export class ContradictedLately {
  /** By lookup: a trace and a diagnosis ask of a few each, and neither knows anything of the other's. */
  #said = new Map<string, Said>();
  #generation = 0;
  readonly #topology: () => Topology;

  constructor(topology: () => Topology) {
    this.#topology = topology;
  }

  /** @param lookups what the model says now. @param ask the kernels for them. */
  async keep(lookups: Lookups, ask: (lookups: Lookups) => Promise<KernelWords>): Promise<KernelsHeard> {
    const generation = this.#generation;
    const at = performance.now();
    let tables: Topology['forwarding'] = {};
    const { words, answered, unheard } = await ask(() => {
      tables = this.#topology().forwarding;
      return lookups();
    });
    const contradicted = [...words.values()].some((word) => word !== null);
    // Of a cluster that was closed meanwhile.
    if (generation !== this.#generation) return { contradicted: false, answered: [], unheard: [] };
    // Whoever was asked later knows better, though it be done sooner.
    for (const [key, word] of words)
      if ((this.#said.get(key)?.at ?? -Infinity) <= at) this.#said.set(key, { word, at, tables });
    return { contradicted, answered, unheard };
  }

  /** Of another cluster it says nothing. */
  forget(): void {
    this.#generation += 1;
    this.#said.clear();
  }

  beside(request: DiagnoseRequest): DiagnoseRequest {
    const now = performance.now();
    for (const [key, { at }] of this.#said) if (now - at > keptMs) this.#said.delete(key);
    if (this.#said.size === 0) return request;
    const { forwarding } = this.#topology();
    const contradictions = [...this.#said.values()].flatMap(({ word, tables }) =>
      word === null || forwarding[word.netnsId] !== tables[word.netnsId] ? [] : [word],
    );
    return { ...request, contradictions: contradictions.slice(0, MOST_CONTRADICTIONS) };
  }
}
