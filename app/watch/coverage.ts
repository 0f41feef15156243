// Where and when somebody looked: a packet that is not there was not there only if its capture ran, let it through and lost nothing
// meanwhile. Times are session time (ns since the base second).
import { letsThrough, type LetThrough } from '../trace/lets-through.ts';
import type { Visit, WayVisit } from './model.ts';

export interface CoverageCapture extends Pick<LetThrough, 'peers' | 'outside'> {
  readonly place: number;
  /** The one interface that it listens to; null: all of the namespace's. */
  readonly ifindex: number | null;
  /** What its filter lets through; null: a filter of the operator's own, nobody knows. */
  readonly addresses: ReadonlySet<string> | null;
  /** Addresses are looked for inside tunnels, too. */
  readonly seesCarried: boolean;
}

/** `yes`: whatever passed was seen. `pending`: it may still come. `lost`: it may have been lost. `no`: nobody looked, or nobody knows. */
export type Covered = 'yes' | 'pending' | 'lost' | 'no';

/** Both ends are within. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

interface Kept extends CoverageCapture {
  /** Null: it has not ticked. */
  from: number | null;
  /** Everything up to then is decoded, or counted as lost. */
  watermark: number;
  /** Nothing comes after; null: it runs. */
  until: number | null;
  dropped: number;
  /** Until so many watermarks from now on some may be missing. */
  missed: number;
  /** Times between which some were lost, in order. */
  readonly losses: { readonly from: number; to: number }[];
}

/** Stretches of loss kept of a capture: one that always loses has one long one. */
const MOST_LOSSES = 256;

export class Coverage {
  readonly #captures = new Map<number, Kept>();
  readonly #byPlace = new Map<number, Kept[]>();

  /** A capture that is about to see packets: surely from its first tick on. */
  begin(id: number, capture: CoverageCapture): void {
    if (this.#captures.has(id)) return;
    const kept: Kept = {
      ...capture,
      from: null,
      watermark: -Infinity,
      until: null,
      dropped: 0,
      missed: 0,
      losses: [],
    };
    this.#captures.set(id, kept);
    const here = this.#byPlace.get(capture.place);
    if (here === undefined) this.#byPlace.set(capture.place, [kept]);
    else here.push(kept);
  }

  /** Everything until `watermark` is there. @param dropped how many its kernel had dropped in all, as counted then or soon after, before the next */
  tick(id: number, watermark: number, dropped: number): void {
    const kept = this.#captures.get(id);
    if (kept === undefined) return;
    kept.from ??= watermark;
    const isMore = dropped > kept.dropped;
    if (isMore) kept.dropped = dropped;
    if (watermark > kept.watermark) {
      if (isMore || kept.missed > 0) this.#lost(kept, Math.max(kept.watermark, kept.from), watermark);
      kept.missed = Math.max(0, kept.missed - 1);
      kept.watermark = watermark;
    }
    // The last of them may be younger than the watermark.
    if (isMore) kept.missed = Math.max(kept.missed, 1);
  }

  /** Packets left before they were read, of whichever capture: they may be older than its next watermark, or than the one after that. */
  missed(): void {
    for (const kept of this.#captures.values()) kept.missed = 2;
  }

  /** Nothing comes any more; what is not decoded by then is lost. */
  end(id: number): void {
    const kept = this.#captures.get(id);
    if (kept === undefined) return;
    kept.until ??= kept.watermark;
  }

  /** The earliest watermark of those that run and have ticked. -Infinity: none of them has; Infinity: none runs. */
  get horizon(): number {
    const running = [...this.#captures.values()].filter(({ until }) => until === null);
    const ticked = running.filter(({ from }) => from !== null);
    if (running.length > 0 && ticked.length === 0) return -Infinity;
    return Math.min(...ticked.map(({ watermark }) => watermark));
  }

  /** Whether a packet would have been seen at an interface at any time of a span. */
  covered(
    { place, ifindex }: Pick<Visit, 'place' | 'ifindex'>,
    as: Pick<WayVisit, 'ends' | 'carried'>,
    { from, to }: Span,
  ): Covered {
    let best: Covered = 'no';
    for (const kept of this.#byPlace.get(place) ?? []) {
      const one = coveredBy(kept, ifindex, as, { from, to });
      if (RANK[one] > RANK[best]) best = one;
    }
    return best;
  }

  /** Whether a packet may have passed there unseen at any time of a span: who looks there lost some all that time, or had not begun. */
  isBlind(
    { place, ifindex }: Pick<Visit, 'place' | 'ifindex'>,
    as: Pick<WayVisit, 'ends' | 'carried'>,
    { from, to }: Span,
  ): boolean {
    const looking = (this.#byPlace.get(place) ?? []).filter((kept) => wouldSee(kept, ifindex, as));
    if (looking.length === 0) return false;
    return looking.every(
      ({ from: begun, losses }) =>
        (begun ?? Infinity) > to || losses.some((loss) => loss.from <= from && loss.to >= to),
    );
  }

  /** Ended captures whose last packet is older are no use any more, and when exactly some were lost is of none. */
  forgetBefore(time: number): void {
    for (const [id, kept] of this.#captures) {
      while ((kept.losses[1]?.to ?? Infinity) < time) joinOldest(kept.losses);
      if (kept.until === null || kept.until >= time) continue;
      this.#captures.delete(id);
      const rest = (this.#byPlace.get(kept.place) ?? []).filter((one) => one !== kept);
      if (rest.length === 0) this.#byPlace.delete(kept.place);
      else this.#byPlace.set(kept.place, rest);
    }
  }

  #lost({ losses }: Kept, from: number, to: number): void {
    const last = losses.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else losses.push({ from, to });
    if (losses.length > MOST_LOSSES) joinOldest(losses);
  }
}

/** Two become one that is too long rather than one too few: what is asked of a time long ago may rest on it. */
function joinOldest(losses: Kept['losses']): void {
  const [first, second] = losses.splice(0, 2);
  if (first !== undefined && second !== undefined) losses.unshift({ from: first.from, to: second.to });
}

/** What one knows of two captures at one place is what the better one knows. */
const RANK: Readonly<Record<Covered, number>> = { no: 0, lost: 1, pending: 2, yes: 3 };

function coveredBy(
  kept: Kept,
  ifindex: number,
  as: Pick<WayVisit, 'ends' | 'carried'>,
  { from, to }: Span,
): Covered {
  if (!wouldSee(kept, ifindex, as)) return 'no';
  if (kept.from === null || from < kept.from || (kept.until !== null && kept.until < from)) return 'no';
  if (kept.losses.some((loss) => loss.from <= to && loss.to >= from)) return 'lost';
  if (kept.watermark >= to) return 'yes';
  return kept.until === null ? 'pending' : 'no';
}

function wouldSee(
  { ifindex: only, addresses, peers, outside, seesCarried }: Kept,
  ifindex: number,
  { ends, carried }: Pick<WayVisit, 'ends' | 'carried'>,
): boolean {
  if (only !== null && only !== ifindex) return false;
  // It was let through before; of a few that may have been before only they were.
  if (ends === null) return peers === null;
  if (addresses === null || (carried && !seesCarried)) return false;
  return letsThrough({ addresses, peers, outside }, ends);
}
