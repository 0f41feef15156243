// Loaded by filter-language.ts, and by nothing else.
import { completions, type Completions } from '../../../app/packet/filter/completions.ts';
import { parseDisplayFilter, type FilterError } from '../../../app/packet/filter/display-filter.ts';

export interface FilterLanguage {
  /** Null: nothing is wrong with it. */
  check(text: string): FilterError | null;
  completions(text: string, caret: number): Completions;
}

export const language: FilterLanguage = {
  check: (text) => {
    const parsed = parseDisplayFilter(text);
    return parsed.ok ? null : parsed.failure;
  },
  completions,
};
