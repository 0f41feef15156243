// The latest trails, for whoever looks at them: a ring by number, each as it was told last.
import type { Trail, Verdict } from './model.ts';

/** What some minutes of a busy Pod are; each has six sightings, some 1 KiB. */
const MOST_TRAILS = 20_000;

export interface TrailWindow {
  /** These alone; null: all. */
  readonly ids: ReadonlySet<number> | null;
  /** Of these connections; null: of all. */
  readonly connections: ReadonlySet<number> | null;
  /** Of these verdicts; null: of all. */
  readonly verdicts: ReadonlySet<Verdict> | null;
  /** At most so many, the latest. */
  readonly count: number;
  /** None that began later (session time, ns); null: up to now. */
  readonly until: number | null;
}

export interface SettledTrails {
  readonly trails: readonly Trail[];
  /** To be asked after next. */
  readonly next: number;
  /** So many had left before they were asked for. */
  readonly left: number;
}

export class TrailStore {
  readonly #connectionOf: (connection: number) => number;
  readonly #trails = new Map<number, Trail>();
  /** The latest that are final, in the order in which they became so. */
  #settled: Trail[] = [];
  /** How many became so before those. */
  #settledBefore = 0;

  /** @param connectionOf the one that a connection is a part of by now, or itself */
  constructor(connectionOf: (connection: number) => number) {
    this.#connectionOf = connectionOf;
  }

  add(trail: Trail): void {
    if (trail.verdict === 'withdrawn') {
      this.#trails.delete(trail.id);
      return;
    }
    this.#trails.set(trail.id, trail);
    if (trail.final) this.#settle(trail);
    if (this.#trails.size <= MOST_TRAILS) return;
    for (const id of this.#trails.keys()) {
      if (this.#trails.size <= MOST_TRAILS) break;
      this.#trails.delete(id);
    }
  }

  /** Those that became final after `after` others had. */
  settled(after: number): SettledTrails {
    const from = Math.max(after, this.#settledBefore);
    const next = this.#settledBefore + this.#settled.length;
    const trails = this.#settled.slice(from - this.#settledBefore).map((trail) => this.#asNow(trail));
    return { trails, next, left: from - after };
  }

  #settle(trail: Trail): void {
    this.#settled.push(trail);
    if (this.#settled.length <= MOST_TRAILS) return;
    const kept = this.#settled.slice(-MOST_TRAILS / 2);
    this.#settledBefore += this.#settled.length - kept.length;
    this.#settled = kept;
  }

  /** Two connections may have turned out to be one since. */
  #asNow(trail: Trail): Trail {
    const connection = this.#connectionOf(trail.connection);
    return connection === trail.connection ? trail : { ...trail, connection };
  }

  /** In the order in which they began. */
  window({ ids, connections, verdicts, count, until }: TrailWindow): readonly Trail[] {
    if (count === 0) return [];
    const asked = connections === null ? null : new Set([...connections].map(this.#connectionOf));
    return [...this.#trails.values()]
      .filter(
        ({ id, connection, verdict, sightings }) =>
          verdict !== 'withdrawn' &&
          (ids?.has(id) ?? true) &&
          (asked?.has(this.#connectionOf(connection)) ?? true) &&
          (verdicts?.has(verdict) ?? true) &&
          (until === null || (sightings[0]?.at ?? 0) <= until),
      )
      .sort((a, b) => (a.sightings[0]?.at ?? 0) - (b.sightings[0]?.at ?? 0))
      .slice(-count)
      .map((trail) => this.#asNow(trail));
  }
}
