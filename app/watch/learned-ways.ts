// Ways that packets of a connection were seen to take, where nobody foretold them: the longest one, as what one packet passed the next one
// should. Learned from what is settled, a day of the calendar at once, so that it does not matter in which order the day's packets came.
import type { Way } from './model.ts';
import type { Visits } from './visits.ts';

const MOST_CONNECTIONS = 50_000;

export class LearnedWays {
  readonly #visits: Visits;
  readonly #ways = new Map<number, Way>();
  /** Of the day that is being settled. */
  readonly #news = new Map<number, readonly number[]>();

  constructor(visits: Visits) {
    this.#visits = visits;
  }

  /** @param visits in the order of travel */
  record(connection: number, visits: readonly number[]): void {
    const known = this.#news.get(connection);
    if (known === undefined || this.#isBetter(visits, known)) this.#news.set(connection, visits);
  }

  of(connection: number): Way | null {
    return this.#ways.get(connection) ?? null;
  }

  /** Two connections were one. */
  join(connection: number, other: number): void {
    const news = this.#news.get(other);
    if (news !== undefined) this.record(connection, news);
    const way = this.#ways.get(other);
    if (way !== undefined && this.#isNew(connection, way.visits.map(visitOf)))
      this.#ways.set(connection, way);
    this.forget(other);
  }

  forget(connection: number): void {
    this.#ways.delete(connection);
    this.#news.delete(connection);
  }

  settle(): void {
    for (const [connection, visits] of this.#news) {
      if (!this.#isNew(connection, visits)) continue;
      if (this.#ways.size >= MOST_CONNECTIONS && !this.#ways.has(connection)) continue;
      this.#ways.set(connection, {
        visits: visits.map((visit) => ({ visit, ends: null, carried: false })),
        end: 'unknown',
        takes: {},
      });
    }
    this.#news.clear();
  }

  #isNew(connection: number, visits: readonly number[]): boolean {
    const known = this.#ways.get(connection);
    return known === undefined || this.#isBetter(visits, known.visits.map(visitOf));
  }

  /** Of two that are as long always the same one, whichever came first. */
  #isBetter(visits: readonly number[], than: readonly number[]): boolean {
    if (visits.length !== than.length) return visits.length > than.length;
    const at = visits.findIndex((visit, index) => visit !== than[index]);
    return at >= 0 && this.#visits.compare(visits[at] ?? 0, than[at] ?? 0) < 0;
  }
}

function visitOf({ visit }: Way['visits'][number]): number {
  return visit;
}
