// As whom a Pod's packets go on where something masquerades them, to whom, and in which namespaces they are seen so: as traces say. A capture by
// the Pod's addresses would miss them there.
import type { TracePath } from '../trace/model.ts';
import type { Outside } from './capture-filter.ts';

/** Of one namespace: each takes some dozens of a filter's instructions. */
export const MOST_OUTSIDE = 16;
/** Of all, for a Pod may talk with anybody. */
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

  learn(paths: readonly Pick<TracePath, 'hops'>[]): void {
    for (const { hops } of paths) {
      const seen = hops.flatMap(({ netnsId, came, left }) =>
        [came, left].flatMap((one) => (one === null ? [] : { netnsId, as: one.src, peer: one.dst })),
      );
      const from = seen[0]?.as;
      if (from === undefined) continue;
      for (const one of seen)
        if (one.as !== from && this.#known.size < MOST_KEPT)
          this.#known.set(JSON.stringify([from, one]), { from, ...one });
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
      isAll: here.length <= MOST_OUTSIDE,
    };
  }
}
