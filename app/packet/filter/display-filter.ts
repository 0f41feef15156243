// A display filter in Wireshark's language, read and checked once.
import { fail, ok, type Result } from '../../result.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import { checked } from './check.ts';
import { ColumnCondition } from './column-verdict.ts';
import type { Condition } from './condition.ts';
import { FilterMistake, type FilterError } from './filter-error.ts';
import { flowVerdict, type FilteredFlow } from './flow-verdict.ts';
import { readFilter } from './read-filter.ts';
import { SegmentScan, type CompiledFilter } from './segment-scan.ts';
import { Verdict } from './verdict.ts';

export type { FilterError } from './filter-error.ts';

/** Longer ones are nobody's own. */
const MAX_LENGTH = 8192;

export class DisplayFilter {
  readonly text: string;
  readonly #condition: Condition | null;
  /** Made when the first segment is scanned: most filters are read by those who only want to know whether they are right. */
  #compiled: CompiledFilter | null = null;

  /** @param condition null: all packets pass */
  constructor(text: string, condition: Condition | null) {
    this.text = text;
    this.#condition = condition;
  }

  /** All packets pass. */
  get all(): boolean {
    return this.#condition === null;
  }

  /** How many of a flow's packets pass, by what all of them have. */
  ofFlow(flow: FilteredFlow): 'all' | 'some' | 'none' {
    const verdict = this.#condition === null ? Verdict.yes : flowVerdict(this.#condition, flow);
    return verdict === Verdict.yes ? 'all' : verdict === Verdict.no ? 'none' : 'some';
  }

  /** What finds this segment's packets that pass. */
  scan(segment: PacketSegment): SegmentScan {
    const condition = this.#condition;
    if (condition !== null) this.#compiled ??= { condition, columns: new ColumnCondition(condition) };
    return new SegmentScan(this.#compiled, segment);
  }
}

/** Of a text without words all packets pass. */
export function parseDisplayFilter(text: string): Result<DisplayFilter, FilterError> {
  if (text.trim() === '') return ok(new DisplayFilter(text, null));
  if (text.length > MAX_LENGTH) {
    const sentence = `A filter has at most ${MAX_LENGTH} characters.`;
    return fail({ at: MAX_LENGTH, length: text.length - MAX_LENGTH, sentence, suggestion: null });
  }
  try {
    return ok(new DisplayFilter(text, checked(readFilter(text))));
  } catch (error) {
    if (error instanceof FilterMistake) return fail(error.error);
    throw error;
  }
}
