// Raw outputs behind the facts, by evidence id, the newest kept within a bound in bytes.
import type { EvidenceId } from '../../app/topology/model.ts';

/** What a session may keep of raw command output; 10,000 routes are about 1.5 MB a reading. */
const defaultBudget = 64 * 1024 * 1024;
/** What the window is given of one output: more than anybody reads, less than hurts. */
const readLimit = 2 * 1024 * 1024;

export class EvidenceStore {
  readonly #outputs = new Map<EvidenceId, Uint8Array>();
  readonly #budget: number;
  #bytes = 0;

  constructor(budget = defaultBudget) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  keep(id: EvidenceId, output: Uint8Array): void {
    this.#forget(id);
    // A view would hold the whole reading alive for one section of it.
    const copy = output.slice();
    this.#outputs.set(id, copy);
    this.#bytes += copy.byteLength;
    for (const oldest of this.#outputs.keys()) {
      if (this.#bytes <= this.#budget || oldest === id) break;
      this.#forget(oldest);
    }
  }

  read(id: EvidenceId): { readonly output: string; readonly truncated: boolean } | null {
    const output = this.#outputs.get(id);
    if (output === undefined) return null;
    return {
      output: new TextDecoder().decode(output.subarray(0, readLimit)),
      truncated: output.byteLength > readLimit,
    };
  }

  #forget(id: EvidenceId): void {
    this.#bytes -= this.#outputs.get(id)?.byteLength ?? 0;
    this.#outputs.delete(id);
  }
}
