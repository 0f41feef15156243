// The talk that is shown, its trails as lines in pixels, and the wish for them.
import { useEffect, useMemo } from 'react';
import { shownTalk, type Talk } from '../../state/talks.ts';
import {
  keepShown,
  leaveLadder,
  MOST_FLOWS,
  MOST_TRAILS,
  trailWish,
  useTrails,
  wishTrails,
} from '../../state/trails.ts';
import { useWatchState } from '../../state/watch.ts';
import { type Column, columnsOf } from './columns.ts';
import { endSentence } from './end-sentence.ts';
import { type DrawnLine, FALL } from './ladder-row.tsx';
import { linesOf } from './lines.ts';
import { fallsOf, type Gap, gapsOf, sureUs } from './slant.ts';
import { ladderStrings } from './strings.ts';

/** px beside the outermost lanes: the time at the left, half of a lane's name. */
const LEFT = 150;
const RIGHT = 110;

const nobody: readonly string[] = [];

export interface Drawn {
  readonly talk: Talk | null;
  readonly columns: readonly Column[];
  /** Of each column, px. */
  readonly xs: readonly number[];
  readonly gaps: readonly Gap[];
  readonly lines: readonly DrawnLine[];
}

export function useDrawn(width: number, unfolded: ReadonlySet<number>): Drawn {
  const talk = useShownTalk();
  const trails = useTrails((state) => state.trails);
  const lanes = useTrails(({ view }) => view.lanes);
  const hops = useTrails(({ view }) => view.hops);
  return useMemo((): Drawn => {
    const own = talk === null ? [] : trails.filter(({ flow }) => talk.flows.includes(flow));
    const laid = columnsOf(own, lanes, (flow) => talk?.forth.has(flow) ?? true);
    const { columns } = laid;
    const step = columns.length < 2 ? 0 : Math.max(60, (width - LEFT - RIGHT) / (columns.length - 1));
    const xs = columns.map((_, at) => Math.round(columns.length < 2 ? width / 2 : LEFT + at * step));
    const sure = sureUs(lanes, hops);
    const lines = linesOf(laid.placed, unfolded).map((line) => ({ line, falls: fallsOf(line.shown, sure) }));
    const most = Math.max(1, ...lines.map(({ falls }) => falls.at(-1) ?? 0));
    return {
      ...{ talk, columns, xs, gaps: gapsOf(laid, hops, ladderStrings.gaps) },
      lines: lines.map(({ line, falls }): DrawnLine => {
        const { points, back, missingAt } = line.shown;
        const last = points.at(-1)?.column ?? -1;
        return {
          ...line,
          xs: points.map(({ column }) => xs[column] ?? 0),
          falls: falls.map((fall) => (fall / most) * FALL),
          nextX: xs[missingAt ?? (back ? last - 1 : last + 1)] ?? edge(xs[last], back),
          sentence: endSentence(line.shown, columns),
          isOneNode: new Set(points.map(({ column }) => columns[column]?.nodeLabel)).size === 1,
        };
      }),
    };
  }, [talk, trails, lanes, hops, width, unfolded]);
}

/** Beyond the outermost lane. */
function edge(x: number | undefined, back: boolean): number | null {
  return x === undefined ? null : back ? x - RIGHT / 2 : x + RIGHT / 2;
}

function useShownTalk(): Talk | null {
  const flows = useTrails(({ view }) => view.flows);
  const choice = useTrails((state) => state.choice);
  const before = useTrails((state) => state.shownKey);
  const until = useTrails((state) => state.until);
  const addresses = useWatchState(({ view }) => view.target?.addresses ?? nobody);
  const talk = useMemo(
    () => shownTalk(flows, choice, { addresses, before, isHeld: until !== null }),
    [flows, choice, addresses, before, until],
  );
  useEffect(() => {
    if (talk === null) return;
    if (choice === null) keepShown(talk.key);
    const known = trailWish.current();
    // What comes later is not shown while it is paused: nothing else need be asked for.
    if (until !== null && known.until === until && known.count > 0) return;
    // By number, so that the same flows are the same wish.
    const flows = talk.flows.slice(0, MOST_FLOWS).toSorted((a, b) => a - b);
    wishTrails({ ids: null, flows, verdicts: null, count: MOST_TRAILS, until });
  }, [talk, choice, until]);
  useEffect(() => leaveLadder, []);
  return talk;
}
