import type { ReactNode } from 'react';
import { useWatchState } from '../../state/watch.ts';
import { filterStrings } from './filter-strings.ts';
import { useTable } from './table-state.ts';
import { shareSearched } from './why-empty.ts';

/** How far a filter is that has not looked at all packets. Above the rows, so that nothing moves when it comes and goes. */
export function Searching(): ReactNode {
  const filter = useTable((state) => state.filter);
  const share = useWatchState(({ rows }) =>
    rows === null || rows.window.filter !== filter ? null : shareSearched(rows),
  );
  if (share === null) return null;
  return (
    <div
      className="packets-searching"
      role="progressbar"
      aria-label={filterStrings.searchingLabel}
      aria-valuenow={Math.floor(share * 100)}
      data-testid="packets-searching"
    >
      {filterStrings.searching(share)}
    </div>
  );
}
