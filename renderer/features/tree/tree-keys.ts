// The tree's keyboard. Pure.
import { treeMove, type TreeMove } from '../../ui/tree-move.ts';
import type { TreeRow } from './row.ts';

export type TreeRowMove = TreeMove<string> | { readonly type: 'activate'; readonly key: string };

export function moveFor(
  rows: readonly TreeRow[],
  focused: string | null,
  pressed: string,
  page: number,
): TreeRowMove | null {
  const steps = rows.filter((row) => row.kind !== 'heading');
  if (pressed !== 'Enter' && pressed !== ' ') return treeMove(steps, focused, pressed, page);
  return focused !== null && steps.some(({ key }) => key === focused)
    ? { type: 'activate', key: focused }
    : null;
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
