// The latest trails, for whoever looks at them: a ring by number, each as it was told last.
import type { Trail, Verdict } from './model.ts';

/** What some minutes of a busy Pod are; each has six sightings, some 1 KiB. */
const MOST_TRAILS = 20_000;

export interface TrailWindow {
  /** Of these connections; null: of all. */
  readonly connections: ReadonlySet<number> | null;
  /** Of these verdicts; null: of all. */
  readonly verdicts: ReadonlySet<Verdict> | null;
  /** At most so many, the latest. */
  readonly count: number;
  /** None that began later (session time, ns); null: up to now. */
  readonly until: number | null;
}

export class TrailStore {
  readonly #trails = new Map<number, Trail>();

  add(trail: Trail): void {
    if (trail.verdict === 'withdrawn') {
      this.#trails.delete(trail.id);
      return;
    }
    this.#trails.set(trail.id, trail);
    if (this.#trails.size <= MOST_TRAILS) return;
    for (const id of this.#trails.keys()) {
      if (this.#trails.size <= MOST_TRAILS) break;
      this.#trails.delete(id);
    }
  }

  /** In the order in which they began. */
  window({ connections, verdicts, count, until }: TrailWindow): readonly Trail[] {
    return [...this.#trails.values()]
      .filter(
        ({ connection, verdict, sightings }) =>
          verdict !== 'withdrawn' &&
          (connections?.has(connection) ?? true) &&
          (verdicts?.has(verdict) ?? true) &&
          (until === null || (sightings[0]?.at ?? 0) <= until),
      )
      .sort((a, b) => (a.sightings[0]?.at ?? 0) - (b.sightings[0]?.at ?? 0))
      .slice(-count);
  }
}
