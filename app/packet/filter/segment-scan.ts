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

  /** @param filter null: all packets pass */
  constructor(filter: CompiledFilter | null, segment: PacketSegment) {
    this.#segment = segment;
    this.#filter = filter;
    this.#fill = filter === null ? all : filter.columns.bind(segment);
    this.#dissection = new Dissection(filter === null ? new Set() : fieldsOf(filter.condition));
    this.#fields = new DissectedFields(this.#dissection);
  }

  /** Writes the rows of [from, to) that pass to `rows`, from `length` on. Returns the new length. */
  scan(from: number, to: number, rows: Uint16Array, length: number): number {
    const verdicts = this.#verdicts;
    let end = length;
    for (let start = from; start < to; start += ROWS_AT_ONCE) {
      const stop = Math.min(to, start + ROWS_AT_ONCE);
      this.#fill(start, stop, verdicts);
      for (let row = start; row < stop; row += 1) {
        const told = verdicts[row - start];
        if (told === Verdict.no || (told === Verdict.unknown && !this.decoded(row))) continue;
        rows[end] = row;
        end += 1;
      }
    }
    return end;
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
