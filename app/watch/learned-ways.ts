// Ways that packets of a connection were seen to take, where nobody foretold them: the longest one, as what one packet passed the next one
// should. Learned from what is settled, a day of the calendar at once, so that it does not matter in which order the day's packets came.
import type { Way } from './model.ts';

const MOST_CONNECTIONS = 50_000;

export class LearnedWays {
  readonly #ways = new Map<number, Way>();
  /** Of the day that is being settled. */
  readonly #news = new Map<number, readonly number[]>();

  /** @param visits in the order of travel */
  record(connection: number, visits: readonly number[]): void {
    const known = this.#news.get(connection);
    if (known === undefined || isBetter(visits, known)) this.#news.set(connection, visits);
  }

  of(connection: number): Way | null {
    return this.#ways.get(connection) ?? null;
  }

  settle(): void {
    for (const [connection, visits] of this.#news) {
      const known = this.#ways.get(connection);
      if (
        known !== undefined &&
        !isBetter(
          visits,
          known.visits.map(({ visit }) => visit),
        )
      )
        continue;
      if (known === undefined && this.#ways.size >= MOST_CONNECTIONS) continue;
      this.#ways.set(connection, {
        visits: visits.map((visit) => ({ visit, ends: null, carried: false })),
        end: 'unknown',
        takes: {},
      });
    }
    this.#news.clear();
  }
}

function isBetter(visits: readonly number[], than: readonly number[]): boolean {
  if (visits.length !== than.length) return visits.length > than.length;
  const at = visits.findIndex((visit, index) => visit !== than[index]);
  return at >= 0 && (visits[at] ?? 0) < (than[at] ?? 0);
}
