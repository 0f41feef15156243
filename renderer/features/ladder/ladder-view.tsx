// The path ladder: a lane a vantage point, a line a packet, falling by its latency, breaking where it was lost.
import { type ReactNode, useEffect, useState } from 'react';
import { setJourneyQuestion } from '../../state/journey.ts';
import { questionOf } from '../../state/talk-question.ts';
import { pauseTrails, selectTrails, useTrails } from '../../state/trails.ts';
import { markPackets } from '../../state/wanted-packets.ts';
import { nothingPointed, useWatchState } from '../../state/watch.ts';
import { LadderBar } from './ladder-bar.tsx';
import { LadderLines } from './ladder-lines.tsx';
import type { DrawnLine } from './ladder-row.tsx';
import { LaneHeads } from './lane-heads.tsx';
import { packetsOfLine, SelectedLine } from './selected-line.tsx';
import { ladderStrings } from './strings.ts';
import { type Drawn, useDrawn } from './use-drawn.ts';
import { useSize } from './use-size.ts';
import './ladder.css';

const noneUnfolded: ReadonlySet<number> = new Set();

export function LadderView(): ReactNode {
  const watched = useWatchState(({ view }) => view.run > 0);
  return watched ? <Ladder /> : <div className="empty">{ladderStrings.empty}</div>;
}

function Ladder(): ReactNode {
  const [host, { width }] = useSize();
  const [unfolded, setUnfolded] = useState(noneUnfolded);
  const [following, setFollowing] = useState(true);
  const drawn = useDrawn(width, unfolded);
  const selected = useSelected(drawn);
  const { talk } = drawn;
  useEffect(() => {
    setJourneyQuestion(selected === null || talk === null ? null : questionOf(talk));
  }, [selected, talk]);
  return (
    <div className="dock-tab ladder" data-testid="ladder">
      <LadderBar
        talk={drawn.talk}
        following={following}
        onFollow={() => {
          pauseTrails(null);
          setFollowing(true);
        }}
      />
      <LinkLost />
      <div ref={host} className="ladder-body">
        <LaneHeads columns={drawn.columns} xs={drawn.xs} gaps={drawn.gaps} />
        <LadderLines
          drawn={drawn}
          width={width}
          selected={selected?.id ?? null}
          following={following}
          onFollowing={setFollowing}
        />
      </div>
      {selected === null || drawn.talk === null ? null : (
        <SelectedLine
          line={selected}
          talk={drawn.talk}
          isUnfolded={unfolded.has(selected.group)}
          onFold={() => {
            const next = new Set(unfolded);
            if (!next.delete(selected.group)) next.add(selected.group);
            setUnfolded(next);
          }}
        />
      )}
    </div>
  );
}

/** The selected line; its packets are marked among all, and its interfaces lit in the graph, as long as one looks at it. */
function useSelected({ lines }: Drawn): DrawnLine | null {
  const trails = useTrails((state) => state.selected);
  const first = trails[0]?.id ?? null;
  const line =
    first === null
      ? null
      : (lines.find(({ id }) => id === first) ??
        lines.find(({ all }) => all.some(({ trail }) => trail.id === first)) ??
        null);
  const lanes = useTrails(({ view }) => view.lanes);
  const places = [...new Set(line?.all.flatMap(({ points }) => points.map(({ lane }) => lane)) ?? [])];
  const interfaces = lanes.flatMap(({ id, interfaceId }) =>
    interfaceId !== null && places.includes(id) ? [interfaceId] : [],
  );
  const lit = interfaces.join('\n');
  useEffect(() => {
    useWatchState.setState({ pointed: lit === '' ? nothingPointed : lit.split('\n') });
    return () => {
      useWatchState.setState({ pointed: nothingPointed });
    };
  }, [lit]);
  const numbers = line === null ? '' : packetsOfLine(line).join(' ');
  useEffect(() => {
    markPackets(numbers === '' ? [] : numbers.split(' ').map(Number));
  }, [numbers]);
  useEffect(() => {
    // It is not kept any more.
    if (first !== null && line === null && lines.length > 0) selectTrails([]);
  }, [first, line, lines]);
  return line;
}

function LinkLost(): ReactNode {
  const lost = useTrails(({ link }) => link.state === 'lost');
  return lost ? <p className="dock-warning">{ladderStrings.linkLost}</p> : null;
}
