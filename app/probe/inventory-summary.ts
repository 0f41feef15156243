// How the lists of Kubernetes stand, in words. No parser and no schema: the page has it, too.
import type { InventoryView } from './inventory-view.ts';

export const KIND_STATES = {
  listed: 'read',
  absent: 'not there',
  'not-permitted': 'not permitted',
  failed: 'failed',
  unread: 'not read yet',
} as const satisfies Record<InventoryView['kinds'][number]['state'], string>;

/** `9 kinds read, 4 not there, 2 not permitted`: states that nothing is in are left out. */
export function inventorySummary(kinds: InventoryView['kinds']): string {
  const counts = Object.entries(KIND_STATES)
    .map(([state, word]) => ({ count: kinds.filter((kind) => kind.state === state).length, word }))
    .filter(({ count }) => count > 0);
  return counts
    .map(({ count, word }, at) =>
      at > 0 ? `${count} ${word}` : `${count} ${count === 1 ? 'kind' : 'kinds'} ${word}`,
    )
    .join(', ');
}

/** Those that somebody should do something about come first, then those that were read. */
export function byUrgency(kinds: InventoryView['kinds']): InventoryView['kinds'] {
  const order = ['not-permitted', 'failed', 'listed', 'unread', 'absent'];
  return kinds.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
}
