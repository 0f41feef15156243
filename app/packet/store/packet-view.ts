// Which packets pass a filter, in order: kept up to date as packets come and segments leave, two bytes a packet.
import type { DisplayFilter } from '../filter/display-filter.ts';
import type { SegmentScan } from '../filter/segment-scan.ts';
import type { PacketSegment } from './packet-segment.ts';
import type { PacketPlace, PacketStore } from './packet-store.ts';

export interface ViewWindow {
  /** Indices of the first that is still kept, and past the last that `until` allows. */
  readonly first: number;
  readonly end: number;
  /** Index of `places[0]`. */
  readonly from: number;
  readonly places: readonly PacketPlace[];
  /** As long as the search goes on: packets that are kept, and how many of them have been looked at. Both 0 once it is over. */
  readonly toScan: number;
  readonly scanned: number;
}

/** Rows between two looks at whether there is time to go on: some milliseconds where all must be decoded. */
const ROWS_AT_ONCE = 512;

/** What passes of one segment. */
interface Passing {
  readonly segment: PacketSegment;
  /** Null when all packets pass. */
  readonly scan: SegmentScan | null;
  /** Rows that pass; unused when all do. */
  rows: Uint16Array;
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
    const places: PacketPlace[] = [];
    for (let at = this.#holding(start); places.length < count && at < this.#passing.length; at += 1) {
      const passing = this.#passing[at];
      if (passing === undefined) break;
      const begin = start + places.length;
      const stop = Math.min(passing.start + passing.length, start + count, end);
      for (let index = begin; index < stop; index += 1) {
        const position = index - passing.start;
        const row = passing.scan === null ? position : (passing.rows[position] ?? 0);
        places.push({ segment: passing.segment, row });
      }
    }
    return { first, end, from: start, places, ...this.#search() };
  }

  #end(): number {
    const last = this.#passing.at(-1);
    return last === undefined ? this.#first : last.start + last.length;
  }

  /**
   * Takes in what came and left: until then a view holds on to segments that left.
   *
   * @param mayGoOn false: there is no more time; what is left is looked at in the next update
   * @returns whether all has been looked at
   */
  update(mayGoOn: () => boolean = () => true): boolean {
    this.leave();
    const { segments } = this.#store;
    const known = this.#passing.length;
    // The newest of those known may have got rows since, and then others came.
    for (let at = Math.max(0, known - 1); at < segments.length; at += 1) {
      const segment = segments[at];
      if (segment === undefined) break;
      const passing = this.#passing[at] ?? this.#begin(segment);
      this.#passing[at] = passing;
      if (!this.#scan(passing, mayGoOn)) return false;
    }
    return true;
  }

  /** Lets go of segments that have left, without looking for more. */
  leave(): void {
    const oldest = this.#store.segments[0];
    let gone = 0;
    for (; gone < this.#passing.length && this.#passing[gone]?.segment !== oldest; gone += 1);
    if (gone > 0) {
      const stays = this.#passing[gone];
      this.#first = stays === undefined ? this.#end() : stays.start;
      this.#passing.splice(0, gone);
    }
    if (this.#filter.all) this.#first = this.#store.firstNumber - 1;
  }

  #search(): { readonly toScan: number; readonly scanned: number } {
    const toScan = this.#store.kept;
    const scanned = this.#passing.reduce((sum, passing) => sum + passing.scanned, 0);
    return scanned < toScan ? { toScan, scanned } : { toScan: 0, scanned: 0 };
  }

  #begin(segment: PacketSegment): Passing {
    const { all } = this.#filter;
    return {
      segment,
      scan: all ? null : this.#filter.scan(segment),
      rows: new Uint16Array(0),
      length: 0,
      scanned: 0,
      start: all ? segment.firstNumber - 1 : this.#end(),
    };
  }

  /** False: there was no time for all of it. */
  #scan(passing: Passing, mayGoOn: () => boolean): boolean {
    const { count } = passing.segment;
    if (passing.scan === null) {
      passing.length = count;
      passing.scanned = count;
      return true;
    }
    while (passing.scanned < count) {
      if (!mayGoOn()) return false;
      const to = Math.min(count, passing.scanned + ROWS_AT_ONCE);
      const room = passing.length + to - passing.scanned;
      if (room > passing.rows.length) {
        const roomier = new Uint16Array(
          Math.min(passing.segment.capacity, Math.max(room, passing.rows.length * 2)),
        );
        roomier.set(passing.rows.subarray(0, passing.length));
        passing.rows = roomier;
      }
      passing.length = passing.scan.scan(passing.scanned, to, passing.rows, passing.length);
      passing.scanned = to;
    }
    return true;
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
    const passing = this.#passing.findLast(({ segment }) => segment.firstNumber <= number);
    if (passing === undefined) return this.#first;
    const row = number - passing.segment.firstNumber;
    if (passing.scan === null) return passing.start + Math.min(passing.length, Math.floor(row) + 1);
    let low = 0;
    let high = passing.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((passing.rows[middle] ?? 0) <= row) low = middle + 1;
      else high = middle;
    }
    return passing.start + low;
  }
}
