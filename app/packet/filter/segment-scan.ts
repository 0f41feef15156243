// A filter against the packets of one segment: what columns tell first, and a full decode of the wanted fields where they
// do not.
import { dissect } from '../dissect/dissect.ts';
import { Dissection } from '../dissect/dissection.ts';
import { rowPacket } from '../dissect/row.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import { Verdict, type ColumnCondition, type RowVerdict } from './column-verdict.ts';
import type { Condition } from './condition.ts';
import { DissectedFields } from './dissected-fields.ts';
import { evaluate, fieldsOf } from './evaluate.ts';

/** What a filter is made into once: for all segments. */
export interface CompiledFilter {
  readonly condition: Condition;
  readonly columns: ColumnCondition;
}

export class SegmentScan {
  readonly #segment: PacketSegment;
  readonly #filter: CompiledFilter | null;
  readonly #verdict: RowVerdict;
  readonly #dissection: Dissection;
  readonly #fields: DissectedFields;

  /** @param filter null: all packets pass */
  constructor(filter: CompiledFilter | null, segment: PacketSegment) {
    this.#segment = segment;
    this.#filter = filter;
    this.#verdict = filter === null ? () => Verdict.yes : filter.columns.bind(segment);
    this.#dissection = new Dissection(filter === null ? new Set() : fieldsOf(filter.condition));
    this.#fields = new DissectedFields(this.#dissection);
  }

  /** Writes the rows of [from, to) that pass to `rows`, from `length` on. Returns the new length. */
  scan(from: number, to: number, rows: Uint16Array, length: number): number {
    const verdict = this.#verdict;
    let end = length;
    for (let row = from; row < to; row += 1) {
      const told = verdict(row);
      if (told === Verdict.no || (told === Verdict.unknown && !this.decoded(row))) continue;
      rows[end] = row;
      end += 1;
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
