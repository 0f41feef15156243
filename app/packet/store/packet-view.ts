// Which packets pass a filter, in order: kept up to date as packets come, leave memory, and leave. Two
// bytes a packet that passes; of packets out of memory some are let go, and found again where somebody looks.
import type { DisplayFilter } from '../filter/display-filter.ts';
import type { SegmentScan } from '../filter/segment-scan.ts';
import { MAX_ROWS } from './segment-layout.ts';
import type { PacketStore } from './packet-store.ts';
import type { Stretch } from './spill.ts';

/** A packet that passes; its segment is opened by who looks at it. */
export interface ViewRow {
  readonly stretch: Stretch;
  readonly row: number;
}

export interface ViewWindow {
  /** Indices of the first that is still kept, and past the last that `until` allows. */
  readonly first: number;
  readonly end: number;
  /** Index of `places[0]`. */
  readonly from: number;
  readonly places: readonly ViewRow[];
  /** As long as the search goes on: packets that are kept, and how many of them have been looked at. Both 0 once it is over. */
  readonly toScan: number;
  readonly scanned: number;
}

/** Rows between two looks at whether there is time to go on. */
const ROWS_AT_ONCE = 512;
/** Of them decoded in full: a filter of many patterns takes a tenth of a second for one of these (measured). */
const DECODED_AT_ONCE = 8;

/** Rows of packets that are out of memory, bytes: four million of them. */
const MAX_ROW_BYTES = 8 * 1024 * 1024;
/** Of a segment with so few, bytes, they always stay: no window has rows of many that must be searched again. */
const FEW_ROW_BYTES = 1024;
/** Stretches whose rows were found again. */
const MOST_FOUND = 4;

const NO_ROWS = new Uint16Array(0);

/** What passes of one segment. */
interface Passing {
  stretch: Stretch;
  /** In memory, and not all packets pass; made when it is needed. */
  scan: SegmentScan | null;
  /** Rows that pass; unused when all do. Null: let go. */
  rows: Uint16Array | null;
  length: number;
  /** Rows looked at. */
  scanned: number;
  /** Index of the first of them in the view. */
  readonly start: number;
}

export class PacketView {
  readonly #store: PacketStore;
  readonly #filter: DisplayFilter;
  /** By segment, oldest first. */
  #passing: Passing[] = [];
  #first: number;
  /** How many of them are known to be out of memory: the oldest. */
  #out = 0;
  /** Bytes of their rows. */
  #rowBytes = 0;
  /** Rows that were let go and found again, by the number of the stretch's first packet; the one used last at the end. */
  readonly #found = new Map<number, Uint16Array>();
  readonly #scratch = new Uint16Array(MAX_ROWS);

  /**
   * Packets that had left before are not counted; without a filter they are, so that index = number − 1.
   */
  constructor(store: PacketStore, filter: DisplayFilter) {
    this.#store = store;
    this.#filter = filter;
    this.#first = filter.all ? store.firstNumber - 1 : 0;
  }

  /** Index of the first that was kept at the last update; rises as packets leave. */
  get first(): number {
    return this.#first;
  }

  /** Index past the last that has been found. */
  get end(): number {
    return this.#end();
  }

  /**
   * Of what the last update found.
   *
   * @param from null: the last `count` ones. Moved to where packets are.
   * @param until the number of the last packet that counts; null: all.
   */
  rows(from: number | null, count: number, until: number | null): ViewWindow {
    const first = this.#first;
    const end = until === null ? this.#end() : Math.max(first, this.#indexAfter(until));
    const last = Math.max(first, end - count);
    const start = from === null || from >= end ? last : Math.max(first, from);
    const places: ViewRow[] = [];
    let index = start;
    for (let at = this.#holding(start); index < Math.min(start + count, end); at += 1) {
      const passing = this.#passing[at];
      if (passing === undefined) break;
      const { stretch } = passing;
      const stop = Math.min(passing.start + passing.length, start + count, end);
      const rows = index >= stop || this.#filter.all ? null : this.#rowsOf(passing);
      for (; index < stop; index += 1) {
        const position = index - passing.start;
        const row = rows === null ? position : rows[position];
        // What cannot be read is left out.
        if (row !== undefined) places.push({ stretch, row });
      }
    }
    return { first, end, from: start, places, ...this.#search() };
  }

  #end(): number {
    const last = this.#passing.at(-1);
    return last === undefined ? this.#first : last.start + last.length;
  }

  /**
   * Takes in what came and left.
   *
   * @param mayGoOn false: there is no more time; what is left is looked at in the next update
   * @returns whether all has been looked at
   */
  update(mayGoOn: () => boolean = () => true): boolean {
    this.leave();
    const { stretches } = this.#store;
    const known = this.#passing.length;
    // The newest of those known may have got rows since, and then others came.
    for (let at = Math.max(0, known - 1); at < stretches.length; at += 1) {
      const stretch = stretches[at];
      if (stretch === undefined) break;
      const passing = this.#passing[at] ?? this.#begin(stretch);
      this.#passing[at] = passing;
      if (!this.#scan(passing, mayGoOn)) return false;
    }
    this.leave();
    return true;
  }

  /** Lets go of segments that have left, or have left memory, without looking for more: until then a view holds on to them. */
  leave(): void {
    const { stretches, firstNumber } = this.#store;
    let gone = 0;
    for (; (this.#passing[gone]?.stretch.firstNumber ?? Infinity) < firstNumber; gone += 1) {
      const passing = this.#passing[gone];
      if (gone < this.#out) this.#rowBytes -= passing?.rows?.byteLength ?? 0;
      this.#found.delete(passing?.stretch.firstNumber ?? 0);
    }
    if (gone > 0) {
      const stays = this.#passing[gone];
      this.#first = stays === undefined ? this.#end() : stays.start;
      this.#passing.splice(0, gone);
      this.#out = Math.max(0, this.#out - gone);
    }
    if (this.#filter.all) this.#first = firstNumber - 1;
    for (; this.#out < this.#passing.length; this.#out += 1) {
      const stretch = stretches[this.#out];
      const passing = this.#passing[this.#out];
      if (stretch === undefined || passing === undefined || stretch.inMemory) break;
      // What holds its memory now may write to it.
      if (passing.stretch !== stretch) {
        passing.stretch = stretch;
        passing.scan = null;
      }
      if (passing.scanned < stretch.count) break;
      const bytes = passing.length * Uint16Array.BYTES_PER_ELEMENT;
      const fits = bytes <= FEW_ROW_BYTES || this.#rowBytes + bytes <= MAX_ROW_BYTES;
      const stays = passing.rows !== null && fits;
      passing.rows = stays ? (passing.rows?.slice(0, passing.length) ?? null) : null;
      if (stays) this.#rowBytes += bytes;
    }
  }

  /** Of a stretch that was looked at. */
  #rowsOf({ stretch, rows, scanned }: Passing): Uint16Array {
    if (rows !== null) return rows;
    const { firstNumber } = stretch;
    let found = this.#found.get(firstNumber);
    this.#found.delete(firstNumber);
    if (found === undefined) {
      const segment = stretch.open();
      if (segment === null) return NO_ROWS;
      const length = this.#filter.scan(segment).scan(0, scanned, this.#scratch, 0);
      found = this.#scratch.slice(0, length);
    }
    this.#found.set(firstNumber, found);
    for (const oldest of this.#found.keys()) {
      if (this.#found.size <= MOST_FOUND) break;
      this.#found.delete(oldest);
    }
    return found;
  }

  #search(): { readonly toScan: number; readonly scanned: number } {
    const toScan = this.#store.kept;
    const scanned = this.#passing.reduce((sum, passing) => sum + passing.scanned, 0);
    return scanned < toScan ? { toScan, scanned } : { toScan: 0, scanned: 0 };
  }

  #begin(stretch: Stretch): Passing {
    return {
      stretch,
      scan: null,
      rows: new Uint16Array(0),
      length: 0,
      scanned: 0,
      start: this.#filter.all ? stretch.firstNumber - 1 : this.#end(),
    };
  }

  /** False: there was no time for all of it. */
  #scan(passing: Passing, mayGoOn: () => boolean): boolean {
    const { stretch } = passing;
    const { count } = stretch;
    if (this.#filter.all) {
      passing.length = count;
      passing.scanned = count;
      return true;
    }
    while (passing.scanned < count) {
      if (!mayGoOn()) return false;
      const segment = stretch.open();
      // What cannot be read has no rows.
      if (segment !== null) passing.scan ??= this.#filter.scan(segment);
      const { scan } = passing;
      const to = Math.min(count, passing.scanned + ROWS_AT_ONCE);
      const found = scan?.scan(passing.scanned, to, this.#scratch, 0, DECODED_AT_ONCE) ?? 0;
      this.#addRows(passing, found);
      passing.scanned = scan?.end ?? to;
    }
    if (!stretch.inMemory) passing.scan = null;
    return true;
  }

  /** The first `found` of the scratch. */
  #addRows(passing: Passing, found: number): void {
    const { length, rows } = passing;
    passing.length = length + found;
    if (rows === null) return;
    if (passing.length > rows.length) {
      const roomier = new Uint16Array(Math.min(MAX_ROWS, Math.max(passing.length, rows.length * 2)));
      roomier.set(rows.subarray(0, length));
      passing.rows = roomier;
    }
    passing.rows?.set(this.#scratch.subarray(0, found), length);
  }

  /** Which segment's list holds an index; the length of the list of lists when none does. */
  #holding(index: number): number {
    let low = 0;
    let high = this.#passing.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const passing = this.#passing[middle];
      if (passing !== undefined && passing.start + passing.length <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index past the last packet whose number is at most `number`. */
  #indexAfter(number: number): number {
    const passing = this.#passing.findLast(({ stretch }) => stretch.firstNumber <= number);
    if (passing === undefined) return this.#first;
    const row = number - passing.stretch.firstNumber;
    if (this.#filter.all) return passing.start + Math.min(passing.length, Math.floor(row) + 1);
    const rows = this.#rowsOf(passing);
    let low = 0;
    let high = passing.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle] ?? 0) <= row) low = middle + 1;
      else high = middle;
    }
    return passing.start + low;
  }
}
