// A filter against the packets of one segment.
import { dissect } from '../dissect/dissect.ts';
import { Dissection } from '../dissect/dissection.ts';
import { rowPacket } from '../dissect/row.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import type { Condition } from './condition.ts';
import { evaluate, fieldsOf } from './evaluate.ts';

export class SegmentScan {
  readonly #condition: Condition | null;
  readonly #segment: PacketSegment;
  readonly #dissection: Dissection | null;

  constructor(condition: Condition | null, segment: PacketSegment) {
    this.#condition = condition;
    this.#segment = segment;
    this.#dissection = condition === null ? null : new Dissection(fieldsOf(condition));
  }

  /** Writes the rows of [from, to) that pass to `rows`, from `length` on. Returns the new length. */
  scan(from: number, to: number, rows: Uint16Array, length: number): number {
    let end = length;
    for (let row = from; row < to; row += 1) {
      if (!this.#passes(row)) continue;
      rows[end] = row;
      end += 1;
    }
    return end;
  }

  #passes(row: number): boolean {
    if (this.#condition === null || this.#dissection === null) return true;
    dissect(rowPacket(this.#segment, row), this.#dissection);
    return evaluate(this.#condition, this.#dissection);
  }
}
