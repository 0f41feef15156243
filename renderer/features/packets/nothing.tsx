import type { ReactNode } from 'react';
import { useWatchState } from '../../state/watch.ts';
import { Button } from '../../ui/button.tsx';
import { packetsStrings } from './strings.ts';
import { filterBy, pauseAt, useTable } from './table-state.ts';
import { whyEmpty } from './why-empty.ts';

/** Instead of rows: why there are none, and what to do about it. */
export function Nothing(): ReactNode {
  const view = useWatchState((state) => state.view);
  const rows = useWatchState((state) => state.rows);
  const filter = useTable((state) => state.filter);
  const until = useTable((state) => state.until);
  const why = whyEmpty(view, rows, { filter, until });
  if (why === null) return null;
  return (
    <div className="packets-nothing">
      {packetsStrings.nothing[why]}
      {why === 'filtered' || why === 'filtered-paused' || why === 'wrong' ? (
        <Button
          small
          onClick={() => {
            filterBy('');
          }}
        >
          {packetsStrings.clearFilter}
        </Button>
      ) : null}
      {why === 'paused-early' || why === 'paused-left' ? (
        <Button
          small
          onClick={() => {
            pauseAt(null);
          }}
        >
          {packetsStrings.resume}
        </Button>
      ) : null}
    </div>
  );
}
