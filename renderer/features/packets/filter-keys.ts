// What a key does in the filter box. Pure.
import { type FilterList, listMove } from './filter-list.ts';

export type KeyMeaning =
  /** Null: the text itself. */
  | { readonly does: 'choose'; readonly at: number | null }
  | { readonly does: 'take'; readonly at: number }
  /** `mend` writes what the mistake suggests; `close` puts away the list or the mistake. */
  | { readonly does: 'list' | 'mend' | 'apply' | 'close' | 'clear' };

export interface BoxNow {
  /** Empty: it is not shown. */
  readonly list: FilterList;
  readonly at: number | null;
  /** What is wrong is said below the box, and whether it suggests something. */
  readonly mistake: 'none' | 'said' | 'mendable';
  /** Neither is anything written nor does a filter count. */
  readonly empty: boolean;
}

/** Null: the key does what it does in any text box. */
export function keyMeaning(
  { key, ctrlKey, shiftKey }: { readonly key: string; readonly ctrlKey: boolean; readonly shiftKey: boolean },
  { list, at, mistake, empty }: BoxNow,
): KeyMeaning | null {
  const open = list.items.length > 0;
  switch (key) {
    case 'ArrowDown':
    case 'ArrowUp':
      if (!open) return { does: 'list' };
      return { does: 'choose', at: listMove(at, key === 'ArrowDown' ? 1 : -1, list.items.length) };
    case ' ':
      return ctrlKey ? { does: 'list' } : null;
    case 'Tab':
      if (shiftKey) return null;
      if (open && (at !== null || list.begun)) return { does: 'take', at: at ?? 0 };
      return mistake === 'mendable' ? { does: 'mend' } : null;
    case 'Enter':
      return open && at !== null ? { does: 'take', at } : { does: 'apply' };
    case 'Escape':
      if (open || mistake !== 'none') return { does: 'close' };
      return empty ? null : { does: 'clear' };
    default:
      return null;
  }
}
