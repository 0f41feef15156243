import type { ReactNode } from 'react';
import { useJourney } from '../../state/journey.ts';
import { useObserved } from '../../state/observed.ts';
import { otherWay, shownPath, useTrace } from '../../state/trace.ts';
import { useTrails } from '../../state/trails.ts';
import { verdictWords } from '../../state/verdict-words.ts';
import { useWatchState } from '../../state/watch.ts';
import { carriersOf } from './path-tunnels.ts';
import { graphStrings } from './strings.ts';
import { verdictSigns } from './verdict-marks.ts';

/** What is marked where it ended; what arrives needs no words. */
const told = ['dropped', 'rejected', 'notCaptured', 'ambiguous'] as const;

/** What the colours of what moves mean, while something may move. */
export function Legend(): ReactNode {
  const name = useWatchState(({ view }) => (view.state === 'on' ? (view.target?.name ?? null) : null));
  const ends = useTrails(({ view }) => view.ends);
  const isJourney = useJourney() !== null;
  if (name === null || isJourney) return null;
  const ended = told.filter((verdict) => ends.some((end) => end.verdict === verdict && end.count > 0));
  const short = name.slice(name.indexOf('/') + 1);
  return (
    <p className="graph-legend" aria-hidden="true">
      <span className="away">{graphStrings.legend.away(short)}</span>
      <span className="back">{graphStrings.legend.back}</span>
      <span className="refused">{graphStrings.legend.refused}</span>
      {ended.map((verdict) => (
        <span key={verdict} className={`ended ${verdict}`} data-sign={verdictSigns[verdict]}>
          {verdictWords[verdict]}
        </span>
      ))}
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
