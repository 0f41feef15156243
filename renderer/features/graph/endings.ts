// What became of packets, where they were seen last: it flashes there, and says how many. Pure: time comes in.
import type { TrailsView } from '../../../app/contract/trails.ts';
import type { Verdict } from '../../../app/watch/model.ts';

export interface Ended {
  readonly interfaceId: string;
  readonly inbound: boolean;
  readonly verdict: Verdict;
  readonly count: number;
}

export interface Ending extends Ended {
  count: number;
  /** ms. */
  readonly since: number;
  until: number;
}

/** ms that an ending is seen: what arrives is one glance, what does not is to be read. */
export const ENDING_MS: Readonly<Record<Verdict, number>> = {
  delivered: 450,
  inFlight: 450,
  notCaptured: 1_500,
  ambiguous: 1_500,
  rejected: 2_500,
  dropped: 3_000,
};
/** Places are as many as the watch has; somebody may invent interfaces. */
const MOST_ENDINGS = 200;

/** What ended between two views of one run. Of another run nothing is news: the page was not there. */
export function newlyEnded(before: TrailsView, now: TrailsView): Ended[] {
  if (before.run !== now.run || before.ends === now.ends) return [];
  const known = new Map(before.ends.map(({ verdict, lane, count }) => [`${verdict} ${String(lane)}`, count]));
  const lanes = new Map(now.lanes.map((lane) => [lane.id, lane]));
  return now.ends.flatMap(({ verdict, lane: id, count }): Ended[] => {
    const more = count - (known.get(`${verdict} ${String(id)}`) ?? 0);
    const lane = more > 0 ? lanes.get(id) : undefined;
    const interfaceId = lane?.interfaceId ?? null;
    if (lane === undefined || interfaceId === null) return [];
    return [{ interfaceId, inbound: lane.way !== 'out', verdict, count: more }];
  });
}

export class Endings {
  readonly #all = new Map<string, Ending>();

  get all(): readonly Ending[] {
    return [...this.#all.values()];
  }

  get idle(): boolean {
    return this.#all.size === 0;
  }

  /** More of the same at the same place are counted together while it is seen. */
  add(ended: readonly Ended[], now: number): void {
    for (const each of ended) {
      const key = `${each.verdict} ${each.interfaceId} ${String(each.inbound)}`;
      const known = this.#all.get(key);
      const until = now + ENDING_MS[each.verdict];
      if (known !== undefined) {
        known.count += each.count;
        known.until = until;
      } else if (this.#all.size < MOST_ENDINGS) this.#all.set(key, { ...each, since: now, until });
    }
  }

  advance(now: number): void {
    for (const [key, { until }] of this.#all) if (until <= now) this.#all.delete(key);
  }

  clear(): void {
    this.#all.clear();
  }
}
