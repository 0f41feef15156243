import { type ReactNode, useMemo } from 'react';
import { ArrowDownToLine, Pause, Play } from 'lucide-react';
import { noTrailsView } from '../../../app/contract/no-trails.ts';
import type { FlowView, VerdictCountsView } from '../../../app/contract/trails.ts';
import { verdicts } from '../../../app/watch/model.ts';
import { type Talk, talksOf } from '../../state/talks.ts';
import { chooseTalk, pauseTrails, useTrails } from '../../state/trails.ts';
import { Button } from '../../ui/button.tsx';
import { VerdictChips } from '../../ui/verdict-chips.tsx';
import { ladderStrings } from './strings.ts';

/** More than one reads in a list. */
const MOST_TALKS = 100;

export function LadderBar({
  talk,
  following,
  onFollow,
}: {
  readonly talk: Talk | null;
  readonly following: boolean;
  readonly onFollow: () => void;
}): ReactNode {
  const view = useTrails((state) => state.view);
  const until = useTrails((state) => state.until);
  const trails = useTrails((state) => state.trails);
  const newest = trails.reduce((most, { at }) => Math.max(most, at), 0);
  return (
    <div className="dock-bar ladder-bar">
      <TalkSelect talk={talk} />
      <Button
        small
        aria-pressed={until !== null}
        data-testid="ladder-pause"
        className={until === null ? '' : 'held'}
        disabled={newest === 0 && until === null}
        onClick={() => {
          pauseTrails(until === null ? newest : null);
        }}
      >
        {until === null ? <Pause size={12} aria-hidden /> : <Play size={12} aria-hidden />}
        {until === null ? ladderStrings.pause : ladderStrings.resume}
      </Button>
      <Button
        small
        aria-pressed={following && until === null}
        title={ladderStrings.followTitle}
        data-testid="ladder-follow"
        className={following && until === null ? 'held' : ''}
        onClick={onFollow}
      >
        <ArrowDownToLine size={12} aria-hidden /> {ladderStrings.follow}
      </Button>
      {talk === null ? null : <VerdictChips counts={countsOf(talk, view.flows)} />}
      <span className="dock-aside" title={view.missed > 0 ? ladderStrings.missedTitle : undefined}>
        {view.missed > 0 ? ladderStrings.missed(view.missed) : ladderStrings.scale}
      </span>
    </div>
  );
}

/** Whose packets: the busiest by itself, or one of the talks; one connection when it was chosen among the flows. */
function TalkSelect({ talk }: { readonly talk: Talk | null }): ReactNode {
  const flows = useTrails(({ view }) => view.flows);
  const choice = useTrails((state) => state.choice);
  const talks = useMemo(() => inOrder(talksOf(flows)).slice(0, MOST_TALKS), [flows]);
  const isOwn = talk !== null && talks.every(({ key }) => key !== talk.key);
  return (
    <select
      aria-label={ladderStrings.choose}
      data-testid="ladder-choose"
      value={choice === null ? '' : (talk?.key ?? '')}
      onChange={({ target }) => {
        if (target.value === '') chooseTalk(null);
        else if (target.value !== talk?.key) chooseTalk({ kind: 'talk', key: target.value });
      }}
    >
      <option value="">
        {ladderStrings.busiest}
        {choice === null && talk !== null ? `: ${ladderStrings.talk(talk)}` : ''}
      </option>
      {isOwn && choice !== null ? <option value={talk.key}>{ladderStrings.talk(talk)}</option> : null}
      {talks.map((each) => (
        <option key={each.key} value={each.key}>
          {ladderStrings.talk(each)}
        </option>
      ))}
    </select>
  );
}

/** By their words, so that a list that is open does not change under the pointer. */
function inOrder(talks: readonly Talk[]): Talk[] {
  return talks.toSorted((a, b) => (ladderStrings.talk(a) < ladderStrings.talk(b) ? -1 : 1));
}

function countsOf({ flows }: Talk, views: readonly FlowView[]): VerdictCountsView {
  const ids = new Set(flows);
  const sum = { ...noTrailsView.counts };
  for (const { id, counts } of views)
    if (ids.has(id)) for (const verdict of verdicts) sum[verdict] += counts[verdict];
  return sum;
}
