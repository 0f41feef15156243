// Loaded by filter-language.ts, and by nothing else.
import { completions } from '../../../app/packet/filter/completions.ts';
import { parseDisplayFilter } from '../../../app/packet/filter/display-filter.ts';
import type { FilterLanguage } from './filter-language.ts';

export const language: FilterLanguage = {
  check: (text) => {
    const parsed = parseDisplayFilter(text);
    return parsed.ok ? null : parsed.failure;
  },
  completions,
};
