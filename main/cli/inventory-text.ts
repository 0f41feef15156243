// How the lists of Kubernetes stand, for a person at a terminal.
import { plainText } from '../../app/plain-text.ts';
import { byUrgency, inventorySummary, KIND_STATES } from '../../app/probe/inventory-summary.ts';
import type { InventoryView } from '../../app/contract/inventory-view.ts';
import { textTable } from './text-table.ts';

/** `whole`: a line for each kind; else one for all, and one for each that could not be read. */
export function inventoryText({ sentence, kinds }: InventoryView, whole: boolean): string {
  if (sentence !== null) return `\nKubernetes: ${sentence}\n`;
  const unread = kinds.some(({ state }) => state === 'unread');
  const more = unread && !whole ? ' (--inventory waits for all of them)' : '';
  const shown = byUrgency(kinds).filter(
    ({ state }) => whole || state === 'not-permitted' || state === 'failed',
  );
  const rows = shown.map(({ name, state, count, asOf, sentence: why }) => [
    name,
    state === 'listed' ? count.toLocaleString('en') : KIND_STATES[state],
    asOf === null ? '' : `as of ${new Date(asOf).toISOString().slice(11, 19)} UTC`,
    plainText(state === 'absent' ? '' : (why ?? '')),
  ]);
  return `\nKubernetes: ${inventorySummary(kinds)}${more}\n${textTable(rows, '  ')}`;
}
