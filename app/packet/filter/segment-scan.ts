// A filter against the packets of one segment: what columns tell first, and a full decode of the wanted fields where they
// do not.
import { dissect } from '../dissect/dissect.ts';
import { Dissection } from '../dissect/dissection.ts';
import { rowPacket } from '../dissect/row.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import type { ColumnCondition } from './column-verdict.ts';
import type { Condition } from './condition.ts';
import { DissectedFields } from './dissected-fields.ts';
import { evaluate, fieldsOf } from './evaluate.ts';
import { ROWS_AT_ONCE, Verdict, type Fill } from './verdict.ts';

/** What a filter is made into once: for all segments. */
export interface CompiledFilter {
  readonly condition: Condition;
  readonly columns: ColumnCondition;
}

export class SegmentScan {
  readonly #segment: PacketSegment;
  readonly #filter: CompiledFilter | null;
  readonly #fill: Fill;
  readonly #verdicts = new Uint8Array(ROWS_AT_ONCE);
  readonly #dissection: Dissection;
  readonly #fields: DissectedFields;
  #end = 0;

  /** @param filter null: all packets pass */
  constructor(filter: CompiledFilter | null, segment: PacketSegment) {
    this.#segment = segment;
    this.#filter = filter;
    this.#fill = filter === null ? all : filter.columns.bind(segment);
    this.#dissection = new Dissection(filter === null ? new Set() : fieldsOf(filter.condition));
    this.#fields = new DissectedFields(this.#dissection);
  }

  /** Past the last row that the last scan looked at. */
  get end(): number {
    return this.#end;
  }

  /**
   * Writes the rows of [from, to) that pass to `rows`, from `length` on. Returns the new length.
   *
   * @param mostDecoded it ends sooner (`end`) when so many rows had to be decoded in full: each may cost as much as many
   * thousands that columns tell
   */
  scan(from: number, to: number, rows: Uint16Array, length: number, mostDecoded = Infinity): number {
    const verdicts = this.#verdicts;
    let decoded = 0;
    let found = length;
    for (let start = from; start < to; start += ROWS_AT_ONCE) {
      const stop = Math.min(to, start + ROWS_AT_ONCE);
      this.#fill(start, stop, verdicts);
      for (let row = start; row < stop; row += 1) {
        const told = verdicts[row - start];
        if (told === Verdict.no) continue;
        if (told === Verdict.unknown) {
          if (decoded === mostDecoded) {
            this.#end = row;
            return found;
          }
          decoded += 1;
          if (!this.decoded(row)) continue;
        }
        rows[found] = row;
        found += 1;
      }
    }
    this.#end = to;
    return found;
  }

  /** Whether a row passes, by its full decode alone. */
  decoded(row: number): boolean {
    if (this.#filter === null) return true;
    dissect(rowPacket(this.#segment, row), this.#dissection);
    return evaluate(this.#filter.condition, this.#fields);
  }
}

const all: Fill = (from, to, verdicts) => {
  verdicts.fill(Verdict.yes, 0, to - from);
};
