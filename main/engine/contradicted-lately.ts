// What kernels said of routes otherwise than our model, when they were last asked: beside every diagnosis for a while, since asking them costs
// their nodes more than a diagnosis may that is made every few seconds. What the model reckoned from tables that are others by now contradicts
// nobody any more: a kernel knows of a change before we have read it.
import { MOST_CONTRADICTIONS, type DiagnoseRequest } from '../../app/diagnose/hint.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { KernelContradiction, TraceLookup } from '../../app/trace/model.ts';
import { kernelContradictions, type KernelContext } from './kernel-reader.ts';

/** ms after which nobody knows whether it is still so. */
const keptMs = 30_000;

export class ContradictedLately {
  readonly #topology: () => Topology;
  #words: readonly KernelContradiction[] = [];
  #heardAt = -Infinity;
  /** What the model reckoned from. */
  #reckonedFrom: Topology['forwarding'] = {};

  constructor(topology: () => Topology) {
    this.#topology = topology;
  }

  /** @param lookups what the model says now. @returns whether a kernel contradicts it. */
  async ask(lookups: () => Promise<readonly TraceLookup[]>, context: KernelContext): Promise<boolean> {
    let reckonedFrom: Topology['forwarding'] = {};
    const asked = (): Promise<readonly TraceLookup[]> => {
      reckonedFrom = this.#topology().forwarding;
      return lookups();
    };
    const words = await kernelContradictions(asked, context);
    this.#words = words.slice(0, MOST_CONTRADICTIONS);
    this.#reckonedFrom = reckonedFrom;
    this.#heardAt = performance.now();
    return words.length > 0;
  }

  /** Of another cluster it says nothing. */
  forget(): void {
    this.#words = [];
  }

  beside(request: DiagnoseRequest): DiagnoseRequest {
    if (this.#words.length === 0 || performance.now() - this.#heardAt > keptMs) return request;
    const { forwarding } = this.#topology();
    const still = this.#words.filter(({ netnsId }) => forwarding[netnsId] === this.#reckonedFrom[netnsId]);
    return still.length === 0 ? request : { ...request, contradictions: still };
  }
}
