// Which rows the table has to show, and what it asks main for.
import { useEffect, useMemo } from 'react';
import type { PacketRow } from '../../../app/contract/watch.ts';
import { useWatchState, wishRows } from '../../state/watch.ts';
import { ROW_HEIGHT, type RowScale, scaleOf, tailFor, windowFor } from './row-scale.ts';
import { useTable } from './table-state.ts';

export interface Rows {
  /** Rows that pass the filter: from the first one still kept to past the last. */
  readonly first: number;
  readonly end: number;
  /** The one at the top edge, a fraction when it is cut. */
  readonly top: number;
  /** How many are in sight, a fraction too. */
  readonly visible: number;
  readonly scale: RowScale;
  /** Null while it has not come. */
  at(row: number): PacketRow | null;
}

/** @param viewport px of rows in sight */
export function useRows(viewport: number): Rows {
  const run = useWatchState(({ view }) => view.run);
  const told = useWatchState((state) => state.rows);
  const wanted = useTable((state) => state.top);
  const filter = useTable((state) => state.filter);
  const until = useTable((state) => state.until);
  const visible = Math.max(1, viewport / ROW_HEIGHT);
  const first = told?.first ?? 0;
  const end = told?.end ?? 0;
  const scale = useMemo(() => scaleOf(end - first, viewport), [first, end, viewport]);
  const rows = useMemo((): Rows => {
    const top =
      first + (wanted === null ? scale.lastTop : Math.max(0, Math.min(scale.lastTop, wanted - first)));
    return {
      first,
      end,
      top,
      visible,
      scale,
      at: (row) => (told === null || row < told.from ? null : (told.rows[row - told.from] ?? null)),
    };
  }, [told, first, end, scale, wanted, visible]);
  const following = wanted === null;
  const { from, count } = windowFor(rows.top, visible);
  const asked = following ? tailFor(visible) : count;
  useEffect(() => {
    wishRows({ from: following ? null : from, count: asked, filter, until });
  }, [run, following, from, asked, filter, until]);
  // Nobody sees them while another tab is in front.
  useEffect(
    () => () => {
      wishRows({ from: null, count: 0, filter: '', until: null });
    },
    [],
  );
  return rows;
}
