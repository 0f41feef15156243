// Root before consequences (ADR 0027): what another finding explains is told under that one, and not beside it.
import type { Draft } from './detector.ts';
import type { FindingId } from './finding.ts';

export interface Concluded {
  readonly id: FindingId;
  readonly draft: Draft;
  /** Ids of which it may be a consequence. */
  readonly explainedBy: readonly FindingId[];
}

export interface Root extends Concluded {
  readonly consequences: readonly Concluded[];
}

/** What ends packets of one family ends none of the other. */
function mayConcern(one: 4 | 6 | undefined, other: 4 | 6 | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

/** @param concluded the likeliest first: of several that explain one, the first is taken. */
export function rootsOf(concluded: readonly Concluded[]): Root[] {
  const breakers = new Map<string, Concluded[]>();
  for (const one of concluded)
    for (const subject of one.draft.breaks) breakers.set(subject, [...(breakers.get(subject) ?? []), one]);
  const place = new Map(concluded.map((one, at) => [one, at]));
  const causeOf = (one: Concluded): Concluded | null => {
    const causes = one.draft.touches
      .flatMap((subject) => breakers.get(subject) ?? [])
      .filter(
        (other) =>
          other !== one &&
          one.explainedBy.includes(other.id) &&
          mayConcern(one.draft.family, other.draft.family),
      );
    return causes.reduce<Concluded | null>(
      (best, other) => (best === null || (place.get(other) ?? 0) < (place.get(best) ?? 0) ? other : best),
      null,
    );
  };
  const causes = new Map(concluded.map((one) => [one, causeOf(one)]));
  const rootOf = (one: Concluded): Concluded => {
    const passed = new Set<Concluded>();
    let at = one;
    for (let next = causes.get(at) ?? null; next !== null; next = causes.get(at) ?? null) {
      // Two that explain each other: neither is the other's root.
      if (passed.has(at)) return one;
      passed.add(at);
      at = next;
    }
    return at;
  };
  const under = new Map<Concluded, Concluded[]>();
  for (const one of concluded) {
    const root = rootOf(one);
    if (root !== one) under.set(root, [...(under.get(root) ?? []), one]);
  }
  return concluded
    .filter((one) => rootOf(one) === one)
    .map((one) => ({ ...one, consequences: under.get(one) ?? [] }));
}
