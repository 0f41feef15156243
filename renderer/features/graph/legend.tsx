import type { ReactNode } from 'react';
import { useObserved } from '../../state/observed.ts';
import { otherWay, shownPath, useTrace } from '../../state/trace.ts';
import { useWatchState } from '../../state/watch.ts';
import { carriersOf } from './path-tunnels.ts';
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

/** The lines of a traced path, where there is more than one kind. */
export function PathLegend(): ReactNode {
  const path = useTrace(shownPath);
  const other = useTrace(otherWay);
  const tunnelled = path?.hops.some((hop) => carriersOf(hop).length > 0) === true;
  const observed = useObserved(path);
  const seen = observed !== null && observed.since !== null;
  if (path === null || (other === null && !tunnelled && !seen)) return null;
  return (
    <p className="graph-legend paths" aria-hidden="true">
      <span className="line">{graphStrings.legend.traced}</span>
      {other === null ? null : <span className="line dashed">{graphStrings.legend.wayBack}</span>}
      {seen ? <span className="seen">{graphStrings.legend.seen}</span> : null}
      {(observed?.told.stops ?? null) === null ? null : (
        <span className="missing">{graphStrings.legend.missing}</span>
      )}
      {tunnelled ? <span className="line band">{graphStrings.legend.underlay}</span> : null}
    </p>
  );
}
