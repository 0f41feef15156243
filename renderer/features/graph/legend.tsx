import type { ReactNode } from 'react';
import { useWatchState } from '../../state/watch.ts';
import { graphStrings } from './strings.ts';

/** What the colours of what moves mean, while something may move. */
export function Legend(): ReactNode {
  const name = useWatchState(({ view }) => (view.state === 'on' ? (view.target?.name ?? null) : null));
  if (name === null) return null;
  const short = name.slice(name.indexOf('/') + 1);
  return (
    <p className="graph-legend" aria-hidden="true">
      <span className="away">{graphStrings.legend.away(short)}</span>
      <span className="back">{graphStrings.legend.back}</span>
      <span className="refused">{graphStrings.legend.refused}</span>
    </p>
  );
}
