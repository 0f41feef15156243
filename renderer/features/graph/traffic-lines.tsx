import type { ReactNode } from 'react';
import { useNow } from '../../state/clock.ts';
import { passedAt } from '../../state/highlights.ts';
import { useTrails } from '../../state/trails.ts';
import { useWatchState } from '../../state/watch.ts';
import { endLines } from './end-lines.ts';
import { trafficLines } from './summary.ts';

/** What the highlights say, in words: a line a place, once a second. */
export function TrafficLines(): ReactNode {
  const watching = useWatchState(({ view }) => view.state === 'on');
  useNow(watching);
  // Not subscribed to: it changes many times a second, and is read out.
  const { view } = useWatchState.getState();
  const lines = trafficLines(view.vantagePoints, (interfaceId) => passedAt(interfaceId, view.run));
  const ended = endLines(useTrails.getState().view);
  return [...lines, ...ended].map((line, index) => <li key={`point:${String(index)}`}>{line}</li>);
}
