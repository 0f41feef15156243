// Chains of sightings of one identity, the earliest first, and when each is due: a calendar by tenths of a second of session time.
import { NONE, type Sightings } from './sightings.ts';

const FIRST_SLOTS = 1 << 14;
/** Half of the slots are free: a search takes two looks. */
const MOST_LOAD = 0.5;
/** ns. */
export const DAY_NS = 100_000_000;

export class Chains {
  readonly #sightings: Sightings;
  /** The earliest sighting of a chain; `NONE`: free. */
  #slots = new Int32Array(FIRST_SLOTS).fill(NONE);
  #count = 0;
  /** By day, sightings that were the earliest of their chain when they came: for a first look, and for the last one. */
  readonly #early = new Map<number, number[]>();
  readonly #due = new Map<number, number[]>();

  constructor(sightings: Sightings) {
    this.#sightings = sightings;
  }

  /** Puts a sighting to those of its identity. */
  add(row: number): void {
    const { keyA, keyB, next, at } = this.#sightings;
    const slot = this.#slotOf(keyA[row] ?? 0, keyB[row] ?? 0);
    const head = this.#slots[slot] ?? NONE;
    const time = at[row] ?? 0;
    if (head === NONE) {
      this.#slots[slot] = row;
      next[row] = NONE;
      this.#schedule(row, time);
      this.#count += 1;
      if (this.#count > this.#slots.length * MOST_LOAD) this.#grow();
    } else if (time < (at[head] ?? 0)) {
      this.#slots[slot] = row;
      next[row] = head;
      if (dayOf(time) < dayOf(at[head] ?? 0)) this.#schedule(row, time);
    } else {
      next[row] = next[head] ?? NONE;
      next[head] = row;
    }
  }

  /** The earliest of the chain that a sighting is in. */
  headOf(row: number): number {
    const { keyA, keyB } = this.#sightings;
    return this.#slots[this.#slotOf(keyA[row] ?? 0, keyB[row] ?? 0)] ?? NONE;
  }

  /** The first day of which `early` has not told; null: none. */
  get firstEarly(): number | null {
    return firstOf(this.#early);
  }

  /** Heads of the chains whose earliest sighting is of that day: each day is told once, but for what comes late. */
  early(day: number): readonly number[] {
    const heads = this.#headsOf(this.#early, day);
    this.#early.delete(day);
    return heads;
  }

  /** Days of which `early` has not told, until then, the first one first. */
  unasked(until: number): readonly number[] {
    return [...this.#early.keys()].filter((day) => day <= until).sort((a, b) => a - b);
  }

  /** The same, for whoever takes them. */
  due(day: number): readonly number[] {
    // A day that is settled before it was asked about, for want of room, is not asked about any more.
    this.#early.delete(day);
    const heads = this.#headsOf(this.#due, day);
    this.#due.delete(day);
    return heads;
  }

  /** Heads of a day that is due later. */
  upcoming(day: number): readonly number[] {
    return this.#headsOf(this.#due, day);
  }

  /** The first day that is due at some time; null when there is no chain. */
  get firstDue(): number | null {
    return firstOf(this.#due);
  }

  /** All of a chain, which leave it. */
  take(head: number): readonly number[] {
    const rows = this.list(head);
    const { keyA, keyB } = this.#sightings;
    this.#remove(this.#slotOf(keyA[head] ?? 0, keyB[head] ?? 0));
    return rows;
  }

  /** The earliest first; the others in no order. */
  list(head: number): readonly number[] {
    const { next } = this.#sightings;
    const rows: number[] = [];
    for (let row = head; row !== NONE; row = next[row] ?? NONE) rows.push(row);
    return rows;
  }

  #headsOf(calendar: Map<number, number[]>, day: number): readonly number[] {
    const heads = new Set<number>();
    for (const row of calendar.get(day) ?? []) {
      // Another may be its chain's earliest by now; or the row is another chain's, which has a day of its own.
      const head = this.headOf(row);
      if (head !== NONE && dayOf(this.#sightings.at[head] ?? 0) === day) heads.add(head);
    }
    return [...heads];
  }

  #schedule(row: number, time: number): void {
    const day = dayOf(time);
    for (const calendar of [this.#early, this.#due]) {
      const entries = calendar.get(day);
      if (entries === undefined) calendar.set(day, [row]);
      else entries.push(row);
    }
  }

  /** Where a chain of that identity is, or would be. */
  #slotOf(keyA: number, keyB: number): number {
    const slots = this.#slots;
    const sightings = this.#sightings;
    const mask = slots.length - 1;
    for (let slot = keyA & mask; ; slot = (slot + 1) & mask) {
      const head = slots[slot] ?? NONE;
      if (head === NONE || (sightings.keyA[head] === keyA && sightings.keyB[head] === keyB)) return slot;
    }
  }

  /** What follows moves up, so that searches find no hole. */
  #remove(slot: number): void {
    const slots = this.#slots;
    const { keyA } = this.#sightings;
    const mask = slots.length - 1;
    this.#count -= 1;
    let hole = slot;
    slots[hole] = NONE;
    for (let at = (hole + 1) & mask; slots[at] !== NONE; at = (at + 1) & mask) {
      const home = (keyA[slots[at] ?? 0] ?? 0) & mask;
      // It may move where its own place is not between the hole and itself.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[hole] = slots[at] ?? NONE;
      slots[at] = NONE;
      hole = at;
    }
  }

  #grow(): void {
    const heads = this.#slots.filter((head) => head !== NONE);
    this.#slots = new Int32Array(this.#slots.length * 2).fill(NONE);
    const { keyA, keyB } = this.#sightings;
    for (const head of heads) this.#slots[this.#slotOf(keyA[head] ?? 0, keyB[head] ?? 0)] = head;
  }
}

function firstOf(calendar: ReadonlyMap<number, unknown>): number | null {
  let first: number | null = null;
  for (const day of calendar.keys()) if (first === null || day < first) first = day;
  return first;
}

export function dayOf(at: number): number {
  return Math.floor(at / DAY_NS);
}
