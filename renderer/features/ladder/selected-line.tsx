// What can be done with the selected line: its packets, its way, and each of what was folded.
import type { ReactNode } from 'react';
import { Route, X } from 'lucide-react';
import { keepJourneyTrace } from '../../state/journey.ts';
import { questionOf } from '../../state/talk-question.ts';
import type { Talk } from '../../state/talks.ts';
import { selectTrails, useTrails } from '../../state/trails.ts';
import { showDock } from '../../state/ui.ts';
import { wantPackets } from '../../state/wanted-packets.ts';
import { verdictTones, verdictWords } from '../../state/verdict-words.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Tag } from '../../ui/tag.tsx';
import type { DrawnLine } from './ladder-row.tsx';
import { ladderStrings } from './strings.ts';

/** The contract's bound of a filter. */
const MOST_LETTERS = 500;

export function SelectedLine({
  line,
  talk,
  isUnfolded,
  onFold,
}: {
  readonly line: DrawnLine;
  readonly talk: Talk;
  readonly isUnfolded: boolean;
  readonly onFold: () => void;
}): ReactNode {
  const run = useTrails(({ view }) => view.run);
  const { trail } = line.shown;
  const numbers = packetsOfLine(line);
  const took = trail.sightings.at(-1)?.afterUs ?? 0;
  const question = questionOf(talk);
  return (
    <div className="ladder-selected" data-testid="ladder-selected">
      <Tag tone={verdictTones[trail.verdict]}>{verdictWords[trail.verdict]}</Tag>
      <span className="mono">{trail.summary}</span>
      {line.isOneNode ? <span className="faint">{ladderStrings.inAll(took)}</span> : null}
      <span className="selectable dim truncate" title={line.sentence ?? ''}>
        {line.sentence}
      </span>
      <span className="grow" />
      {line.all.length > 1 || isUnfolded ? (
        <Button small onClick={onFold}>
          {isUnfolded ? ladderStrings.fold : ladderStrings.showEach}
        </Button>
      ) : null}
      <Button
        small
        title={ladderStrings.packetsTitle}
        data-testid="ladder-packets"
        onClick={() => {
          wantPackets(run, numberFilter(numbers));
          showDock('packets');
        }}
      >
        {ladderStrings.packets(numbers.length)}
      </Button>
      {question === null ? null : (
        <Button
          small
          data-testid="ladder-trace"
          onClick={() => {
            keepJourneyTrace(question);
            showDock('path');
          }}
        >
          <Route size={12} aria-hidden /> {ladderStrings.trace}
        </Button>
      )}
      <IconButton
        label={ladderStrings.close}
        onClick={() => {
          selectTrails([]);
        }}
      >
        <X size={13} aria-hidden />
      </IconButton>
    </div>
  );
}

/** Numbers of the packets of a line, the newest line's first, as many as a filter has room for. */
export function packetsOfLine({ all }: Pick<DrawnLine, 'all'>): number[] {
  const found: number[] = [];
  for (const { trail } of all.toReversed())
    for (const { packet } of trail.sightings) {
      if (numberFilter([...found, packet]).length > MOST_LETTERS) return found;
      found.push(packet);
    }
  return found;
}

function numberFilter(numbers: readonly number[]): string {
  return `frame.number in {${numbers.toSorted((a, b) => a - b).join(', ')}}`;
}
