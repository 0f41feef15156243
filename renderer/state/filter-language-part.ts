// Loaded by filter-language.ts, and by nothing else.
import { completions, type Completions } from '../../app/packet/filter/completions.ts';
import type { FilteredFlow } from '../../app/packet/filter/flow-verdict.ts';
import { parseDisplayFilter, type FilterError } from '../../app/packet/filter/display-filter.ts';

export interface FilterLanguage {
  /** Null: nothing is wrong with it. */
  check(text: string): FilterError | null;
  /** Which flows may have packets that pass; null: it is no filter. */
  flows(text: string): ((flow: FilteredFlow) => boolean) | null;
  completions(text: string, caret: number): Completions;
}

export const language: FilterLanguage = {
  check: (text) => {
    const parsed = parseDisplayFilter(text);
    return parsed.ok ? null : parsed.failure;
  },
  flows: (text) => {
    const parsed = parseDisplayFilter(text);
    return parsed.ok ? (flow) => parsed.value.ofFlow(flow) !== 'none' : null;
  },
  completions,
};
