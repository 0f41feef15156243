import type { ReactNode } from 'react';
import { ArrowDownToLine, Pause, Play, Square } from 'lucide-react';
import { startWatch, stopWatch } from '../../state/start-watch.ts';
import { useTopology } from '../../state/topology.ts';
import { useWatchState } from '../../state/watch.ts';
import { completeTo, lossText, lost, lostText } from '../../state/watch-status.ts';
import { nodeClockText } from '../../state/text.ts';
import { Button } from '../../ui/button.tsx';
import { CaptureFilter } from './capture-filter.tsx';
import { ColourKey } from './colour-key.tsx';
import { ExportButton } from './export-button.tsx';
import { FilterBox } from './filter-box.tsx';
import { FilterHelp } from './filter-help.tsx';
import { packetsStrings } from './strings.ts';
import { follow, pauseAt, useTable } from './table-state.ts';

export function PacketsBar(): ReactNode {
  const view = useWatchState((state) => state.view);
  const watched = view.run > 0;
  return (
    <div className="packets-bar">
      <WatchButton />
      {watched ? (
        <>
          <CaptureFilter />
          <FilterBox />
          <FilterHelp />
          <PauseButton />
          <FollowButton />
          <span className="grow" />
          <Figures />
          <ColourKey />
          <ExportButton disabled={view.packets.kept === 0} />
        </>
      ) : (
        <span className="dim">{packetsStrings.empty}</span>
      )}
    </div>
  );
}

function WatchButton(): ReactNode {
  const view = useWatchState((state) => state.view);
  const wished = useWatchState((state) => state.wished);
  const alive = useTopology(
    ({ topology }) => view.target !== null && topology?.pods[view.target.podId]?.until === null,
  );
  const { target } = view;
  if (target === null) return null;
  if (view.state === 'on' || (wished?.podId ?? null) !== null) {
    return (
      <Button
        small
        title={packetsStrings.stopTitle}
        data-testid="watch-stop"
        disabled={wished !== null && wished.podId === null}
        onClick={stopWatch}
      >
        <Square size={11} aria-hidden /> {packetsStrings.stop}
      </Button>
    );
  }
  return (
    <Button
      small
      look="primary"
      data-testid="watch-again"
      title={target.name}
      disabled={!alive}
      onClick={() => {
        startWatch(target.podId, { expression: view.expression, to: view.only?.to ?? null });
      }}
    >
      <Play size={11} aria-hidden /> {packetsStrings.again}
    </Button>
  );
}

function PauseButton(): ReactNode {
  const until = useTable((state) => state.until);
  const total = useWatchState(({ view }) => view.packets.total);
  const last = useWatchState(({ rows }) => rows?.rows.at(-1)?.number ?? 0);
  const meanwhile = until === null ? 0 : Math.max(0, total - until);
  return (
    <Button
      small
      aria-pressed={until !== null}
      data-testid="packets-pause"
      className={until === null ? '' : 'held'}
      onClick={() => {
        pauseAt(until === null ? Math.max(total, last) : null);
      }}
    >
      {until === null ? <Pause size={12} aria-hidden /> : <Play size={12} aria-hidden />}
      {until === null ? packetsStrings.pause : packetsStrings.resume}
      {meanwhile === 0 ? null : <span className="faint">{packetsStrings.meanwhile(meanwhile)}</span>}
    </Button>
  );
}

function FollowButton(): ReactNode {
  // While paused nothing newer comes into sight.
  const following = useTable((state) => state.top === null && state.until === null);
  return (
    <Button
      small
      aria-pressed={following}
      title={packetsStrings.followTitle}
      data-testid="packets-follow"
      className={following ? 'held' : ''}
      onClick={() => {
        follow();
      }}
    >
      <ArrowDownToLine size={12} aria-hidden /> {packetsStrings.follow}
    </Button>
  );
}

function Figures(): ReactNode {
  const view = useWatchState((state) => state.view);
  const left = view.packets.total - view.packets.kept;
  const complete = completeTo(view);
  return (
    <>
      {left > 0 ? (
        <span className="packets-figure warn" title={packetsStrings.ringFull(left)}>
          {packetsStrings.ringFull(left)}
        </span>
      ) : null}
      {complete === null ? null : (
        <span className="packets-figure faint" title={packetsStrings.completeTitle}>
          {packetsStrings.completeTo(nodeClockText(complete))}
        </span>
      )}
      <span
        className={`packets-figure ${lost(view.loss) > 0 ? 'warn' : 'faint'}`}
        title={packetsStrings.lostTitle(lossText(view.loss))}
        data-testid="packets-loss"
        data-lost={lost(view.loss)}
      >
        {lostText(view.loss)}
        {lost(view.loss) > 0 ? `: ${lossText(view.loss)}` : ''}
      </span>
    </>
  );
}
