// What kernels said of routes otherwise than our model, when they were last asked: beside every diagnosis for a while, since asking them costs
// their nodes more than a diagnosis may that is made every few seconds.
import { MOST_CONTRADICTIONS, type DiagnoseRequest } from '../../app/diagnose/hint.ts';
import type { KernelContradiction, TraceLookup } from '../../app/trace/model.ts';
import { kernelContradictions, type KernelContext } from './kernel-reader.ts';

/** ms after which nobody knows whether it is still so. */
const keptMs = 30_000;

export class ContradictedLately {
  #words: readonly KernelContradiction[] = [];
  #heardAt = -Infinity;

  /** @param lookups what the model says now. @returns whether a kernel contradicts it. */
  async ask(lookups: () => Promise<readonly TraceLookup[]>, context: KernelContext): Promise<boolean> {
    const words = await kernelContradictions(lookups, context);
    this.#words = words.slice(0, MOST_CONTRADICTIONS);
    this.#heardAt = performance.now();
    return words.length > 0;
  }

  /** Of another cluster it says nothing. */
  forget(): void {
    this.#words = [];
  }

  beside(request: DiagnoseRequest): DiagnoseRequest {
    if (this.#words.length === 0 || performance.now() - this.#heardAt > keptMs) return request;
    return { ...request, contradictions: [...this.#words] };
  }
}
