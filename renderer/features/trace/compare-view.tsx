// After the mend: the earlier answer to the same question beside the present one.
import { type ReactNode, useEffect, useRef } from 'react';
import type { TracePath } from '../../../app/trace/model.ts';
import { clockText } from '../../state/text.ts';
import { beforeShown, shownPath, useTrace } from '../../state/trace.ts';
import { Tag } from '../../ui/tag.tsx';
import { type BriefHop, sideBySide } from './side-by-side.ts';
import { traceStrings } from './strings.ts';
import { verdictTones } from './verdict-tones.ts';
import './compare-view.css';

export function CompareView(): ReactNode {
  const before = useTrace(beforeShown);
  const now = useTrace(shownPath);
  const until = useTrace((state) => state.before?.until ?? 0);
  const [earlier, later] = sideBySide(before, now);
  const view = useRef<HTMLDivElement | null>(null);
  // The list that stood here may have been scrolled to its end.
  useEffect(() => {
    view.current?.scrollIntoView({ block: 'start' });
  }, []);
  return (
    <div ref={view} className="path-compare" data-testid="trace-compare">
      <Side title={traceStrings.before(clockText(until))} path={before} hops={earlier} />
      <Side title={traceStrings.now} path={now} hops={later} />
    </div>
  );
}

function Side({
  title,
  path,
  hops,
}: {
  readonly title: string;
  readonly path: TracePath | null;
  readonly hops: readonly BriefHop[];
}): ReactNode {
  const back = useTrace(({ shown }) => shown === 'back');
  const stopInk = path?.verdict === 'unknown' ? 'warn-ink' : 'bad-ink';
  return (
    <section aria-label={title}>
      <h4>
        {title}{' '}
        {path === null ? null : (
          <Tag tone={verdictTones[path.verdict]}>{traceStrings.verdicts[path.verdict]}</Tag>
        )}
      </h4>
      {path === null ? <p className="faint">{back ? traceStrings.noBack : traceStrings.noSuchPath}</p> : null}
      <ol>
        {hops.map(({ place, devices, what, stops, differs }, at) => (
          <li key={`${place} ${String(at)}`} className={differs ? 'differs' : ''}>
            {differs ? <span className="visually-hidden">{traceStrings.differs}</span> : null}
            <strong>{place}</strong> <span className="mono dim">{devices}</span>
            <div className={`selectable ${stops ? stopInk : 'mono'}`}>{what}</div>
          </li>
        ))}
      </ol>
    </section>
  );
}
