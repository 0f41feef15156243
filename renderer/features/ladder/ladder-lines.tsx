// The ladder's lines, of which only those in sight are drawn, over the lanes.
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { stepBy, togglePlaying, useJourney } from '../../state/journey.ts';
import { pauseTrails, selectTrails, useTrails } from '../../state/trails.ts';
import { type DrawnLine, ladderRowId, LadderRow, rowHeight } from './ladder-row.tsx';
import { ladderStrings } from './strings.ts';
import type { Drawn } from './use-drawn.ts';
import { useSize } from './use-size.ts';

/** Along the journey of the selected line's packet. */
const journeyKeys: Partial<Record<string, () => void>> = {
  ArrowLeft: () => {
    stepBy(-1);
  },
  ArrowRight: () => {
    stepBy(1);
  },
  ' ': togglePlaying,
};

/** px: nearer to the end one follows. */
const NEAR = 4;

function select(line: DrawnLine): void {
  const trails = line.all.map(({ trail }) => trail);
  selectTrails(trails);
  // A selected line stays where it is.
  const { until, trails: told } = useTrails.getState();
  if (until === null) pauseTrails(told.reduce((most, { at }) => Math.max(most, at), 0));
}

export function LadderLines({
  drawn: { lines, xs, talk },
  width,
  selected,
  following: wished,
  onFollowing,
}: {
  readonly drawn: Drawn;
  readonly width: number;
  readonly selected: number | null;
  readonly following: boolean;
  readonly onFollowing: (following: boolean) => void;
}): ReactNode {
  const [scroller, { height }] = useSize();
  const [scrolled, setScrolled] = useState(0);
  const until = useTrails((state) => state.until);
  // Paused, nothing comes that could be followed, and what was selected stays in sight.
  const following = wished && until === null;
  const journey = useJourney();
  const tops: number[] = [];
  let total = 0;
  for (const line of lines) {
    tops.push(total);
    total += rowHeight(line);
  }
  // At the end before the browser says so: lines that come are drawn where they will be.
  const from = following ? Math.max(0, total - height) : scrolled;
  useLayoutEffect(() => {
    const { current } = scroller;
    if (following) current?.scrollTo({ top: current.scrollHeight });
  }, [scroller, following, total, height]);
  const inSight = lines.flatMap((line, at) => {
    const top = tops[at] ?? 0;
    const isSeen = top + rowHeight(line) >= from && top <= from + height;
    return isSeen ? [{ line, top, at }] : [];
  });
  const at = selected === null ? -1 : lines.findIndex(({ id }) => id === selected);
  const [top, line] = [tops[at] ?? null, lines[at]];
  const bottom = top === null || line === undefined ? null : top + rowHeight(line);
  // What can be done with it takes its room from the list.
  useLayoutEffect(() => {
    const { current } = scroller;
    if (current === null || top === null || bottom === null) return;
    if (top < current.scrollTop) current.scrollTo({ top });
    else if (bottom > current.scrollTop + current.clientHeight)
      current.scrollTo({ top: bottom - current.clientHeight });
  }, [scroller, selected, top, bottom, height]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const last = lines.length - 1;
    const ends: Partial<Record<string, number>> = {
      ArrowDown: at < 0 ? last : Math.min(last, at + 1),
      ArrowUp: at < 0 ? last : Math.max(0, at - 1),
      Home: 0,
      End: last,
    };
    const next = ends[event.key];
    if (event.key === 'Escape') selectTrails([]);
    const along = at < 0 ? undefined : journeyKeys[event.key];
    if (along !== undefined) {
      event.preventDefault();
      along();
    }
    if (next === undefined) return;
    event.preventDefault();
    const to = lines[next];
    if (to !== undefined) select(to);
  };
  return (
    <div
      ref={scroller}
      className="ladder-lines"
      role="listbox"
      tabIndex={0}
      aria-label={ladderStrings.label}
      aria-activedescendant={
        inSight.some(({ line }) => line.id === selected) ? ladderRowId(selected ?? 0) : undefined
      }
      data-testid="ladder-lines"
      data-lines={lines.length}
      onKeyDown={onKeyDown}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        // Drawn in the same frame, or the lines would trail the scroll bar.
        flushSync(() => {
          setScrolled(scrollTop);
          onFollowing(scrollTop + clientHeight >= scrollHeight - NEAR);
        });
      }}
    >
      <svg className="ladder-lanes" aria-hidden="true">
        {xs.map((x, at) => (
          <line key={at} x1={x} x2={x} y1="0" y2="100%" />
        ))}
      </svg>
      <div role="presentation" className="ladder-rows" style={{ height: total }}>
        {inSight.map(({ line, top, at }) => (
          <LadderRow
            key={line.id}
            line={line}
            y={top}
            width={width}
            index={at + 1}
            count={lines.length}
            selected={line.id === selected}
            stands={line.id === selected ? (journey?.trail.sightings[journey.at]?.lane ?? null) : null}
            onSelect={select}
          />
        ))}
      </div>
      {lines.length > 0 ? null : (
        <div className="empty ladder-empty">
          {talk === null
            ? ladderStrings.waiting
            : until === null
              ? ladderStrings.nothing
              : ladderStrings.paused}
        </div>
      )}
    </div>
  );
}
