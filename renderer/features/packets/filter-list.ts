// The list below the filter box: completions while one writes, recent filters while it is empty. Pure.
import type { Completion, Completions } from '../../../app/packet/filter/completions.ts';

export interface FilterListItem {
  readonly label: string;
  readonly detail: string;
  /** The whole text with it. */
  readonly text: string;
  /** Where the caret goes. */
  readonly caret: number;
}

export interface FilterList {
  readonly kind: 'completions' | 'recent';
  readonly items: readonly FilterListItem[];
  /** The first one goes on with a word that was begun: Tab takes it. */
  readonly begun: boolean;
}

export function completionList(text: string, { from, to, items }: Completions): FilterList {
  const word = text.slice(from, to);
  // What is there already is no completion of it.
  const open = items.filter((item) => item.text !== word);
  return {
    kind: 'completions',
    items: open.map((item) => listItem(text, from, to, item)),
    begun: word !== '' && open.length > 0,
  };
}

function listItem(
  text: string,
  from: number,
  to: number,
  { text: put, label, detail }: Completion,
): FilterListItem {
  const before = text.slice(0, from);
  const after = text.slice(to);
  return { label, detail, text: before + put + after, caret: before.length + put.length };
}

export function recentList(filters: readonly string[]): FilterList {
  return {
    kind: 'recent',
    items: filters.map((filter) => ({ label: filter, detail: '', text: filter, caret: filter.length })),
    begun: false,
  };
}

export const nothingListed: FilterList = { kind: 'completions', items: [], begun: false };

/** The item that a key leads to; null: none, the text itself. */
export function listMove(at: number | null, step: 1 | -1, count: number): number | null {
  if (count === 0) return null;
  if (at === null) return step === 1 ? 0 : count - 1;
  const next = at + step;
  return next < 0 || next >= count ? null : next;
}
