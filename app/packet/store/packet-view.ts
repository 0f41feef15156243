// Which packets pass a filter, in order: kept up to date as packets come and segments leave, two bytes a packet.
import { FilterScan } from '../filter/filter-scan.ts';
import type { PacketSegment } from './packet-segment.ts';
import type { PacketPlace, PacketStore } from './packet-store.ts';
import type { QuickFilter } from '../filter/quick-filter.ts';

export interface ViewWindow {
  /** Indices of the first that is still kept, and past the last that `until` allows. */
  readonly first: number;
  readonly end: number;
  /** Index of `places[0]`. */
  readonly from: number;
  readonly places: readonly PacketPlace[];
}

/** What passes of one segment. */
interface Passing {
  readonly segment: PacketSegment;
  /** Null when all packets pass. */
  readonly scan: FilterScan | null;
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
  readonly #filter: QuickFilter;
  /** By segment, oldest first. */
  #passing: Passing[] = [];
  #first: number;

  /**
   * Packets that had left before are not counted; without a filter they are, so that index = number − 1.
   */
  constructor(store: PacketStore, filter: QuickFilter) {
    this.#store = store;
    this.#filter = filter;
    this.#first = filter.terms.length === 0 ? store.firstNumber - 1 : 0;
  }

  /** Index of the first that is still kept; rises as packets leave. */
  get first(): number {
    this.update();
    return this.#first;
  }

  /** Index past the last. */
  get end(): number {
    this.update();
    return this.#end();
  }

  /**
   * @param from null: the last `count` ones. Moved to where packets are.
   * @param until the number of the last packet that counts; null: all.
   */
  rows(from: number | null, count: number, until: number | null): ViewWindow {
    this.update();
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
    return { first, end, from: start, places };
  }

  #end(): number {
    const last = this.#passing.at(-1);
    return last === undefined ? this.#first : last.start + last.length;
  }

  /** Takes in what came and left. Who keeps a view calls it now and then: until then it holds on to segments that left. */
  update(): void {
    const { segments } = this.#store;
    const oldest = segments[0];
    let gone = 0;
    for (; gone < this.#passing.length && this.#passing[gone]?.segment !== oldest; gone += 1);
    if (gone > 0) {
      const stays = this.#passing[gone];
      this.#first = stays === undefined ? this.#end() : stays.start;
      this.#passing.splice(0, gone);
    }
    if (this.#filter.terms.length === 0) this.#first = this.#store.firstNumber - 1;
    const known = this.#passing.length;
    // The newest of those known may have got rows since, and then others came.
    for (let at = Math.max(0, known - 1); at < segments.length; at += 1) {
      const segment = segments[at];
      if (segment === undefined) break;
      const passing = this.#passing[at] ?? this.#begin(segment);
      this.#passing[at] = passing;
      this.#scan(passing);
    }
  }

  #begin(segment: PacketSegment): Passing {
    const all = this.#filter.terms.length === 0;
    return {
      segment,
      scan: all ? null : new FilterScan(this.#filter, segment),
      rows: new Uint16Array(0),
      length: 0,
      scanned: 0,
      start: all ? segment.firstNumber - 1 : this.#end(),
    };
  }

  #scan(passing: Passing): void {
    const { count } = passing.segment;
    if (count === passing.scanned) return;
    if (passing.scan === null) {
      passing.length = count;
    } else {
      const room = passing.length + count - passing.scanned;
      if (room > passing.rows.length) {
        const roomier = new Uint16Array(
          Math.min(passing.segment.capacity, Math.max(room, passing.rows.length * 2)),
        );
        roomier.set(passing.rows.subarray(0, passing.length));
        passing.rows = roomier;
      }
      passing.length = passing.scan.scan(passing.scanned, count, passing.rows, passing.length);
    }
    passing.scanned = count;
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
