// Under which other addresses one is seen on the way, as traces say: a Service and those behind it; as whom something masquerades one.
import type { TracePath } from '../../app/trace/model.ts';

/** Addresses that are remembered: those of whom a Pod talks with. */
const mostKept = 1_000;
/** Of one: a Service of more is not to be captured as one. */
const mostTogether = 32;

export class Translations {
  readonly #destinations = new Map<string, Set<string>>();
  readonly #sources = new Map<string, Set<string>>();

  learn(paths: readonly Pick<TracePath, 'hops'>[]): void {
    for (const { hops } of paths) {
      const seen = hops.flatMap(({ came, left }) => [came, left].flatMap((one) => one ?? []));
      join(this.#destinations, new Set(seen.map(({ dst }) => dst)));
      join(this.#sources, new Set(seen.map(({ src }) => src)));
    }
  }

  /** Itself first. @param own of the Pod that is watched: what masquerades it is called so of all that it talks with */
  of(address: string, own: readonly string[]): readonly string[] {
    const all = new Set([address]);
    const add = (others: Iterable<string> = []): void => {
      for (const other of others) if (all.size < mostTogether && !own.includes(other)) all.add(other);
    };
    // A set's walk comes to what is added meanwhile, too.
    for (const one of all) add(this.#destinations.get(one));
    // Not those who are masqueraded as the same: they are others.
    add(this.#sources.get(address));
    return [...all];
  }
}

function join(known: Map<string, Set<string>>, addresses: ReadonlySet<string>): void {
  if (addresses.size < 2) return;
  for (const address of addresses) {
    const before = known.get(address);
    const others = before ?? new Set<string>();
    for (const other of addresses) if (others.size < mostTogether) others.add(other);
    if (before === undefined && known.size < mostKept) known.set(address, others);
  }
}
