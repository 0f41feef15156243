// The tree's keyboard, as the WAI-ARIA authoring practices describe a tree view. Pure.
import type { TreeRow } from './row.ts';

export type TreeMove =
  | { readonly type: 'focus'; readonly key: string }
  | { readonly type: 'toggle'; readonly key: string }
  | { readonly type: 'activate'; readonly key: string };

export function moveFor(
  rows: readonly TreeRow[],
  focused: string | null,
  pressed: string,
  page: number,
): TreeMove | null {
  const steps = rows.filter((row) => row.kind !== 'heading');
  const at = steps.findIndex((row) => row.key === focused);
  const row = steps[at];
  const go = (index: number): TreeMove | null => {
    const next = steps[Math.max(0, Math.min(steps.length - 1, index))];
    return next === undefined ? null : { type: 'focus', key: next.key };
  };
  switch (pressed) {
    case 'ArrowDown':
      return go(at + 1);
    case 'ArrowUp':
      return go(at < 0 ? 0 : at - 1);
    case 'Home':
      return go(0);
    case 'End':
      return go(steps.length - 1);
    case 'PageDown':
      return go(at + page);
    case 'PageUp':
      return go(at - page);
    case 'ArrowRight':
      if (row?.open === false) return { type: 'toggle', key: row.key };
      return row?.open === true ? go(at + 1) : null;
    case 'ArrowLeft':
      if (row?.open === true) return { type: 'toggle', key: row.key };
      return row === undefined || row.parent === null ? null : { type: 'focus', key: row.parent };
    case 'Enter':
    case ' ':
      return row === undefined ? null : { type: 'activate', key: row.key };
    default:
      return null;
  }
}

/** Type-ahead: the next row, after the focused one and around, that begins with what was typed. */
export function typeAhead(rows: readonly TreeRow[], focused: string | null, typed: string): string | null {
  const steps = rows.filter((row) => row.kind !== 'heading');
  const at = steps.findIndex((row) => row.key === focused);
  // While a word is being typed the focused row may still be the right one; a first letter moves on.
  const start = typed.length > 1 ? Math.max(0, at) : at + 1;
  for (let offset = 0; offset < steps.length; offset += 1) {
    const row = steps[(start + offset) % steps.length];
    if (row?.label.toLowerCase().startsWith(typed.toLowerCase()) === true) return row.key;
  }
  return null;
}
