// As whom a Pod's packets go on where something masquerades them, to whom, and in which namespaces they are seen so: as traces say. A capture by
// the Pod's addresses would miss them there.
import type { Outside } from '../trace/lets-through.ts';
import type { TracePath } from '../trace/model.ts';

/** Of one namespace: each takes some dozens of a filter's instructions. */
export const MOST_OUTSIDE = 16;
/** In all namespaces, for a Pod may talk with anybody. */
const MOST_KEPT = 1_000;

interface Masquerade {
  /** Who sends it. */
  readonly from: string;
  readonly as: string;
  readonly peer: string;
  readonly netnsId: string;
}

export class Masquerades {
  readonly #known = new Map<string, Masquerade>();
  /** There was more than is kept. */
  #isMore = false;

  /** @param own addresses of the Pod: as whom others go on is of no use */
  learn(paths: readonly Pick<TracePath, 'hops'>[], own: ReadonlySet<string>): void {
    for (const { hops } of paths) {
      const seen = hops.flatMap(({ netnsId, came, left }) =>
        [came, left].flatMap((one) => (one === null ? [] : { netnsId, as: one.src, peer: one.dst })),
      );
      const from = seen[0]?.as;
      if (from === undefined || !own.has(from)) continue;
      for (const one of seen) if (one.as !== from) this.#keep({ from, ...one });
    }
  }

  /** Those that were known first. @param own addresses of who sends */
  of(
    own: readonly string[],
    netnsId: string,
  ): { readonly outside: readonly Outside[]; readonly isAll: boolean } {
    const here = [...this.#known.values()].filter((one) => one.netnsId === netnsId && own.includes(one.from));
    const byAddress = new Map<string, string[]>();
    for (const { as, peer } of here.filter((one) => !own.includes(one.as)).slice(0, MOST_OUTSIDE)) {
      const peers = byAddress.get(as) ?? [];
      byAddress.set(as, peers.includes(peer) ? peers : [...peers, peer]);
    }
    return {
      outside: [...byAddress].map(([address, peers]) => ({ address, peers })),
      isAll: here.length <= MOST_OUTSIDE && !this.#isMore,
    };
  }

  #keep(one: Masquerade): void {
    const key = JSON.stringify(one);
    if (this.#known.has(key)) return;
    if (this.#known.size < MOST_KEPT) this.#known.set(key, one);
    else this.#isMore = true;
  }
}
