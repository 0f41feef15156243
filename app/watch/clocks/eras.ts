// Bounds of how far one clock is ahead of another, by time of one of them: each is good for its moment and, widened by what clocks may go
// apart, for any other. Where two exclude each other all the same, a clock was set between them: an era ends there, and the next begins.
// What is set by less than a round trip leaves open excludes nothing, and is not noticed.
import type { Points } from './bound-cells.ts';
import { APART_DRIFT, hull, unbounded, widened, type Bounds } from './bounds.ts';

/**
 * ns. Around a step packets are on their way that were sent before it and come after it, and a clock that was set back has the same
 * times twice: what seems to be set back and forth within that time says nothing, and is no era.
 */
const SHORTEST_ERA_NS = 500_000_000;

/** A clock was set, somewhere between two times. */
export interface Break {
  readonly from: number;
  readonly to: number;
  /** ns that the other clock is further ahead since; negative: less. */
  readonly by: Bounds;
}

/** Points in a row that do not exclude each other: the first one's index, and that behind the last one. */
interface Era {
  readonly first: number;
  readonly end: number;
}

/** Between two eras; somewhere in it a clock was set. */
interface Gap {
  readonly from: number;
  readonly to: number;
  /** Several times, or seen in both ways: nothing is known in it. */
  readonly isUnclear: boolean;
}

export class Eras {
  readonly #points: Points;
  /** Of all points of an era the tightest, at each of them. */
  readonly #atMost: Float64Array;
  readonly #atLeast: Float64Array;
  readonly #eras: readonly Era[];
  /** Before each era, and one behind the last. */
  readonly #gaps: readonly Gap[];

  constructor(points: Points) {
    this.#points = points;
    this.#atMost = points.atMost.slice(0, points.count);
    this.#atLeast = points.atLeast.slice(0, points.count);
    const all = split(points);
    for (const era of all) this.#tighten(era);
    const eras: Era[] = [];
    const gaps: Gap[] = [];
    let short: Era[] = [];
    for (const era of all) {
      const isLong = this.#timeOf(era.end - 1) - this.#timeOf(era.first) >= SHORTEST_ERA_NS;
      if (isLong || all.length === 1) {
        gaps.push(this.#gap(eras.at(-1) ?? null, short, era));
        eras.push(era);
        short = [];
      } else short.push(era);
    }
    this.#eras = eras;
    this.#gaps = [...gaps, this.#gap(eras.at(-1) ?? null, short, null)];
  }

  /** ns: of the first that is known; Infinity: nothing is. */
  get firstAt(): number {
    return this.#points.count === 0 ? Infinity : this.#timeOf(0);
  }

  /** @param give ns by which that time may be wrong */
  boundsAt(at: number, give: number): Bounds {
    const [earliest, latest] = [at - give, at + give];
    if (this.#gaps.some(({ isUnclear, from, to }) => isUnclear && latest >= from && earliest <= to))
      return unbounded;
    let bounds: Bounds | null = null;
    for (const [index, era] of this.#eras.entries()) {
      const [before, behind] = [this.#gaps[index], this.#gaps[index + 1]];
      if (before === undefined || behind === undefined || latest < before.from || earliest > behind.to)
        continue;
      const own = this.#within(era, at);
      bounds = bounds === null ? own : hull(bounds, own);
    }
    return bounds === null ? unbounded : widened(bounds, APART_DRIFT * give);
  }

  /** In the order of time. */
  breaks(): readonly Break[] {
    return this.#eras.slice(1).flatMap((era, index): Break[] => {
      const before = this.#eras[index];
      if (before === undefined) return [];
      const by = this.#rise(before, era);
      // It may have been set there and back.
      if (by.atLeast <= 0 && by.atMost >= 0) return [];
      return [{ from: this.#lastOf(before), to: this.#firstOf(era), by }];
    });
  }

  /** Where one era may still be in force, and the next already. Null: before the first one, behind the last. */
  #gap(era: Era | null, short: readonly Era[], next: Era | null): Gap {
    // The clock itself may have been set back: it has had the times before that twice.
    let back = era === null || next === null ? 0 : Math.max(0, this.#rise(era, next).atMost);
    let before = era;
    for (const one of [...short, next]) {
      if (before !== null && one !== null) {
        const { atLeast, atMost } = this.#rise(before, one);
        back = Math.max(back, atMost === Infinity ? atLeast : atMost);
      }
      before = one;
    }
    return {
      from: era === null ? -Infinity : this.#lastOf(era) - back,
      to: next === null ? Infinity : this.#firstOf(next) + back,
      isUnclear: short.length > 0,
    };
  }

  /** What the clock received last may have come after the step, by no more than it can have taken. */
  #lastOf({ end }: Era): number {
    const atLeast = this.#points.atLeast[end - 1] ?? -Infinity;
    return (
      this.#timeOf(end - 1) - (atLeast === -Infinity ? 0 : (this.#atMost[end - 1] ?? Infinity) - atLeast)
    );
  }

  /** What the clock sent first may have been sent before the step. */
  #firstOf({ first }: Era): number {
    const atMost = this.#points.atMost[first] ?? Infinity;
    return this.#timeOf(first) + (atMost === Infinity ? 0 : atMost - (this.#atLeast[first] ?? -Infinity));
  }

  /** ns that the other clock is further ahead in the second one. */
  #rise(era: Era, next: Era): Bounds {
    const at = (this.#timeOf(era.end - 1) + this.#timeOf(next.first)) / 2;
    const [then, since] = [this.#within(era, at), this.#within(next, at)];
    return { atLeast: since.atLeast - then.atMost, atMost: since.atMost - then.atLeast };
  }

  #within({ first, end }: Era, at: number): Bounds {
    let [low, high] = [first, end];
    // The first one behind `at`.
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timeOf(middle) <= at) low = middle + 1;
      else high = middle;
    }
    let bounds: Bounds = unbounded;
    for (const index of [low - 1, low]) {
      if (index < first || index >= end) continue;
      const apart = APART_DRIFT * Math.abs(at - this.#timeOf(index));
      bounds = {
        atLeast: Math.max(bounds.atLeast, (this.#atLeast[index] ?? -Infinity) - apart),
        atMost: Math.min(bounds.atMost, (this.#atMost[index] ?? Infinity) + apart),
      };
    }
    return bounds;
  }

  /** From both sides. */
  #tighten({ first, end }: Era): void {
    const tighten = (index: number, by: number): void => {
      const apart = APART_DRIFT * Math.abs(this.#timeOf(index) - this.#timeOf(by));
      this.#atMost[index] = Math.min(this.#atMost[index] ?? Infinity, (this.#atMost[by] ?? Infinity) + apart);
      this.#atLeast[index] = Math.max(
        this.#atLeast[index] ?? -Infinity,
        (this.#atLeast[by] ?? -Infinity) - apart,
      );
    };
    for (let index = first + 1; index < end; index += 1) tighten(index, index - 1);
    for (let index = end - 2; index >= first; index -= 1) tighten(index, index + 1);
  }

  #timeOf(index: number): number {
    return this.#points.at[index] ?? NaN;
  }
}

/** Each as long as can be, from the first point on; what lies between the last that contradicts and the first is of neither. */
function split({ count, at, atMost, atLeast }: Points): Era[] {
  const eras: Era[] = [];
  let [first, most, least] = [0, Infinity, -Infinity];
  for (let index = 0; index < count; index += 1) {
    const now = at[index] ?? 0;
    const apart = index === 0 ? 0 : APART_DRIFT * (now - (at[index - 1] ?? 0));
    const [ownMost, ownLeast] = [atMost[index] ?? Infinity, atLeast[index] ?? -Infinity];
    most = Math.min(most + apart, ownMost);
    least = Math.max(least - apart, ownLeast);
    if (least <= most) continue;
    let end = index;
    for (; end > first; end -= 1) {
      const drifted = APART_DRIFT * (now - (at[end - 1] ?? 0));
      if ((atMost[end - 1] ?? Infinity) + drifted < ownLeast) break;
      if ((atLeast[end - 1] ?? -Infinity) - drifted > ownMost) break;
    }
    if (end === first) {
      // Only by how the sum was rounded.
      [least, most] = [most, least];
      continue;
    }
    eras.push({ first, end });
    [first, most, least] = [index, ownMost, ownLeast];
  }
  if (count > 0) eras.push({ first, end: count });
  return eras;
}
