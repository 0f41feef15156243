import { type ReactNode, useEffect } from 'react';
import { takeWanted } from '../../state/wanted-packets.ts';
import { useWatchState } from '../../state/watch.ts';
import { PacketsBar } from './packets-bar.tsx';
import { forgetDetail } from './detail-state.ts';
import { PacketsBody } from './packets-body.tsx';
import { Sentences } from './sentences.tsx';
import { beginRun, filterBy, useTable } from './table-state.ts';
import { closeStream } from './stream/followed.ts';
import { StreamDialog } from './stream/stream-dialog.tsx';
import { VantageStrip } from './vantage-strip.tsx';
import './packets.css';

export function PacketsView(): ReactNode {
  const run = useWatchState(({ view }) => view.run);
  const podId = useWatchState(({ view }) => view.target?.podId ?? null);
  useEffect(() => {
    if (useTable.getState().run !== run) {
      forgetDetail();
      closeStream();
    }
    beginRun(run, podId);
    const wanted = takeWanted(run);
    if (wanted !== null) filterBy(wanted);
  }, [run, podId]);
  return (
    <div className="packets">
      <PacketsBar />
      <VantageStrip />
      <Sentences />
      <PacketsBody />
      <StreamDialog />
    </div>
  );
}
