// Under which other addresses one is seen on the way, as traces say: a Service and those behind it.
import type { TracePath } from '../../app/trace/model.ts';

/** Addresses that are remembered: those of whom a Pod talks with. */
const mostKept = 1_000;
/** Of one: a Service of more is not to be captured as one. */
const mostTogether = 32;

export class Translations {
  readonly #others = new Map<string, Set<string>>();

  learn(paths: readonly Pick<TracePath, 'hops'>[]): void {
    for (const { hops } of paths) {
      const seen = hops.flatMap(({ came, left }) => [came, left].flatMap((one) => one ?? []));
      this.#join(new Set(seen.map(({ dst }) => dst)));
      this.#join(new Set(seen.map(({ src }) => src)));
    }
  }

  /** Itself first. @param own of the Pod that is watched: what masquerades it is called so of all that it talks with */
  of(address: string, own: readonly string[]): readonly string[] {
    const all = new Set([address]);
    // A set's walk comes to what is added meanwhile, too.
    for (const one of all) {
      for (const other of this.#others.get(one) ?? [])
        if (all.size < mostTogether && !own.includes(other)) all.add(other);
    }
    return [...all];
  }

  #join(addresses: ReadonlySet<string>): void {
    if (addresses.size < 2) return;
    for (const address of addresses) {
      const known = this.#others.get(address);
      const others = known ?? new Set<string>();
      for (const other of addresses) if (others.size < mostTogether) others.add(other);
      if (known === undefined && this.#others.size < mostKept) this.#others.set(address, others);
    }
  }
}
