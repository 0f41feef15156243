import { type ReactNode, useEffect } from 'react';
import { useWatchState } from '../../state/watch.ts';
import { PacketsBar } from './packets-bar.tsx';
import { PacketsTable } from './packets-table.tsx';
import { Sentences } from './sentences.tsx';
import { beginRun } from './table-state.ts';
import { VantageStrip } from './vantage-strip.tsx';
import './packets.css';

export function PacketsView(): ReactNode {
  const run = useWatchState(({ view }) => view.run);
  const podId = useWatchState(({ view }) => view.target?.podId ?? null);
  useEffect(() => {
    beginRun(run, podId);
  }, [run, podId]);
  return (
    <div className="packets">
      <PacketsBar />
      <VantageStrip />
      <Sentences />
      <PacketsTable />
    </div>
  );
}
