import { type ReactNode, useState } from 'react';
import { useWatchState } from '../../state/watch.ts';
import { watchStatus } from '../../state/watch-status.ts';
import { Button } from '../../ui/button.tsx';
import { packetsStrings } from './strings.ts';

/** More would push the packets out of a low dock. */
const SHOWN = 2;

/** What is not as it should be: of the watch, of each capture, of the stream. */
export function Sentences(): ReactNode {
  const view = useWatchState((state) => state.view);
  const link = useWatchState((state) => state.link);
  const [all, setAll] = useState(false);
  const sentences = [
    ...(link.state === 'lost' ? [packetsStrings.streamLost, link.sentence] : []),
    ...new Set(watchStatus(view, null)?.why ?? []),
  ];
  if (sentences.length === 0) return null;
  const hidden = sentences.length - SHOWN;
  return (
    <ul className={`packets-sentences ${all ? 'all' : ''}`} data-testid="watch-sentences">
      {(all ? sentences : sentences.slice(0, SHOWN)).map((sentence, index) => (
        <li key={sentence}>
          <span className={all ? '' : 'clamped'} title={sentence}>
            {sentence}
          </span>
          {index === 0 && hidden > 0 ? (
            <Button
              look="quiet"
              small
              onClick={() => {
                setAll(!all);
              }}
            >
              {all ? packetsStrings.fewerSentences : packetsStrings.moreSentences(hidden)}
            </Button>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
