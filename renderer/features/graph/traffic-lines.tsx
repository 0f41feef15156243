import type { ReactNode } from 'react';
import type { VantagePointView } from '../../../app/contract/watch.ts';
import { useNow } from '../../state/clock.ts';
import { passedAt } from '../../state/highlights.ts';
import { useWatchState } from '../../state/watch.ts';
import { trafficLine } from './summary.ts';

const none: readonly VantagePointView[] = [];

/** What the highlights say, in words: a line a vantage point, once a second. */
export function TrafficLines(): ReactNode {
  const watching = useWatchState(({ view }) => view.run > 0);
  useNow(watching);
  // Not subscribed to: it changes many times a second, and is read out.
  const { view } = useWatchState.getState();
  const points = watching ? view.vantagePoints : none;
  return points.map((point) => (
    <li key={`point:${String(point.id)}`}>
      {trafficLine(point, point.interfaceId === null ? null : passedAt(point.interfaceId, view.run))}
    </li>
  ));
}
