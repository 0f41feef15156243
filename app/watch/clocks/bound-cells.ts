// What bounded how far one clock is ahead of another, by time of one of them: the tightest bound on either side of each cell of time. Two
// rings, of fine cells and of coarse ones, so that memory stays the same for days; what a cell holds does not depend on the order in which
// it came.

/** ns. Within a cell a bound that is worse by what clocks may go apart meanwhile, 20 µs, gets lost. */
const FINE_NS = 20_000_000;
/** 41 s: packets come here up to 30 s late, and are settled 5 s after that. */
const FINE_CELLS = 2_048;
/** ns. For what is asked of earlier times, and where hardly anything is sent. */
const COARSE_NS = 1_000_000_000;
/** 17 min. */
const COARSE_CELLS = 1_024;
/** Points in the order of time; each bounds one side. */
export interface Points {
  readonly count: number;
  /** ns, raw time of the clock. */
  readonly at: Float64Array;
  /** ns; Infinity: it bounds the other side. */
  readonly atMost: Float64Array;
  /** ns; -Infinity: it bounds the other side. */
  readonly atLeast: Float64Array;
}

export class BoundCells {
  readonly #fine = new Ring(FINE_NS, FINE_CELLS);
  readonly #coarse = new Ring(COARSE_NS, COARSE_CELLS);

  /** The other clock was ahead by that much at most. */
  addAtMost(at: number, ns: number): void {
    for (const ring of [this.#fine, this.#coarse]) ring.add(ABOVE, at, ns);
  }

  /** The other clock was ahead by that much at least. */
  addAtLeast(at: number, ns: number): void {
    for (const ring of [this.#fine, this.#coarse]) ring.add(BELOW, at, -ns);
  }

  /** ns: what bounded it before is not all there any more. -Infinity: nothing was forgotten. */
  get forgottenUntil(): number {
    return this.#coarse.forgottenUntil;
  }

  /** Coarse ones where there are no fine ones. */
  points(): Points {
    const fine = this.#fine.slots();
    const isFine = new Set(fine.map((slot) => Math.floor(this.#fine.startOf(slot) / COARSE_NS)));
    const coarse = this.#coarse.slots().filter((slot) => !isFine.has(this.#coarse.startOf(slot) / COARSE_NS));
    const most = SIDES * (fine.length + coarse.length);
    const points = {
      count: 0,
      at: new Float64Array(most),
      atMost: new Float64Array(most).fill(Infinity),
      atLeast: new Float64Array(most).fill(-Infinity),
    };
    let [f, c] = [0, 0];
    while (f < fine.length || c < coarse.length) {
      const [nextFine, nextCoarse] = [fine[f], coarse[c]];
      const isFineNext =
        nextCoarse === undefined ||
        (nextFine !== undefined && this.#fine.startOf(nextFine) < this.#coarse.startOf(nextCoarse));
      if (isFineNext) this.#fine.write(points, fine[f++] ?? 0);
      else this.#coarse.write(points, coarse[c++] ?? 0);
    }
    return points;
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const ABOVE = 0;
const BELOW = 1;
/** Points of a slot. */
const SIDES = 2;

class Ring {
  readonly #width: number;
  readonly #cells: number;
  /** Which cell is in a slot; NaN: none. */
  readonly #cell: Float64Array;
  /** Two a slot, one a side: ns, of `BELOW` negative, so that the least is the tightest; Infinity: none. */
  readonly #tightest: Float64Array;
  readonly #at: Float64Array;
  #forgottenUntil = -Infinity;

  constructor(width: number, cells: number) {
    this.#width = width;
    this.#cells = cells;
    this.#cell = new Float64Array(cells).fill(NaN);
    this.#tightest = new Float64Array(SIDES * cells);
    this.#at = new Float64Array(SIDES * cells);
  }

  get forgottenUntil(): number {
    return this.#forgottenUntil;
  }

  add(side: number, at: number, ns: number): void {
    const index = SIDES * this.#slotOf(at) + side;
    const known = this.#tightest[index] ?? Infinity;
    // Of those that are as tight always the same one, whichever comes first.
    if (ns > known || (ns === known && at <= (this.#at[index] ?? 0))) return;
    this.#tightest[index] = ns;
    this.#at[index] = at;
  }

  /** ns: where a slot's cell begins. */
  startOf(slot: number): number {
    return (this.#cell[slot] ?? 0) * this.#width;
  }

  /** Those that hold a cell, by time. */
  slots(): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < this.#cells; slot += 1)
      if (!Number.isNaN(this.#cell[slot] ?? NaN)) slots.push(slot);
    return slots.sort((a, b) => (this.#cell[a] ?? 0) - (this.#cell[b] ?? 0));
  }

  /** Behind what is there already, the earlier one first. */
  write(points: Writable<Points>, slot: number): void {
    const [above, below] = [SIDES * slot + ABOVE, SIDES * slot + BELOW];
    const isAboveFirst = (this.#at[above] ?? 0) <= (this.#at[below] ?? 0);
    for (const index of isAboveFirst ? [above, below] : [below, above]) {
      const ns = this.#tightest[index] ?? Infinity;
      if (ns === Infinity) continue;
      points.at[points.count] = this.#at[index] ?? 0;
      if (index === above) points.atMost[points.count] = ns;
      else points.atLeast[points.count] = -ns;
      points.count += 1;
    }
  }

  /** What comes last has the place: a clock may have been set back. */
  #slotOf(at: number): number {
    const cell = Math.floor(at / this.#width);
    const slot = ((cell % this.#cells) + this.#cells) % this.#cells;
    const there = this.#cell[slot] ?? NaN;
    if (there === cell) return slot;
    if (!Number.isNaN(there))
      this.#forgottenUntil = Math.max(this.#forgottenUntil, (there + 1) * this.#width);
    this.#cell[slot] = cell;
    this.#tightest.fill(Infinity, SIDES * slot, SIDES * slot + SIDES);
    return slot;
  }
}
