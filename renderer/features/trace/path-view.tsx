// The tab “Path”: the way as one would tell it by hand, a row a hop, with what decided there; the ways of a Service; the way back.
import { Fragment, type ReactNode, useEffect, useRef } from 'react';
import type { TraceHop, TracePath } from '../../../app/trace/model.ts';
import { useObserved } from '../../state/observed.ts';
import { useSession } from '../../state/session.ts';
import { earlierQuestion, openHop, shownPath, showPath, type Traced, useTrace } from '../../state/trace.ts';
import { Tag } from '../../ui/tag.tsx';
import { betweenHops } from './between-hops.ts';
import { HopRow } from './hop-row.tsx';
import { Observed } from './observed.tsx';
import { PathHead } from './path-head.tsx';
import { traceStrings } from './strings.ts';
import { keyName } from './trace-bar.tsx';
import { CompareView } from './compare-view.tsx';
import { verdictTones } from './verdict-tones.ts';
import './path-view.css';

export function PathView(): ReactNode {
  const asked = useTrace((state) => state.asked);
  const asking = useTrace((state) => state.asking);
  const answer = useTrace((state) => state.answer);
  const earlier = useTrace(earlierQuestion);
  const sentence = useTrace((state) => state.sentence);
  const compares = useTrace(({ comparing, before }) => comparing && before !== null);
  const path = useTrace(shownPath);
  const mac = useSession(({ app }) => app?.platform === 'darwin');
  const tab = useRef<HTMLDivElement | null>(null);
  // What is said of a new question stands above the earlier answer, which may have been scrolled.
  useEffect(() => {
    tab.current?.scrollTo({ top: 0 });
  }, [asked, sentence]);
  return (
    <div ref={tab} className="dock-tab path-tab" data-testid="path-view" aria-busy={asking}>
      {sentence === null ? null : (
        <p className="path-failure selectable" role="alert" data-testid="trace-failure">
          {sentence}
        </p>
      )}
      {asking && earlier !== null ? <p className="dock-note">{traceStrings.awaited}</p> : null}
      {earlier === null ? null : (
        <p className="dock-warning" data-testid="trace-earlier">
          {traceStrings.earlier(earlier.from, earlier.to)}
        </p>
      )}
      {answer === null || path === null ? (
        <div className="empty">
          {asking ? (
            traceStrings.awaited
          ) : sentence === null ? (
            <span>
              {traceStrings.empty} {traceStrings.emptyKey(keyName(mac))}
            </span>
          ) : null}
        </div>
      ) : (
        <div className={earlier === null ? 'path-answer' : 'path-answer old'}>
          <PathHead answer={answer} path={path} />
          <Disagreements kernel={answer.kernel} />
          <Flows answer={answer} differing />
          {compares ? <CompareView /> : <Hops path={path} />}
          <Flows answer={answer} differing={false} />
          <Missing answer={answer} />
        </div>
      )}
    </div>
  );
}

/**
 * Connections that conntrack has: whoever looks at a new one only takes a stale one for healthy.
 * @param differing those alone that fare otherwise, which stand before the hops; else the others.
 */
function Flows({
  answer: { flows },
  differing,
}: {
  readonly answer: Traced;
  readonly differing: boolean;
}): ReactNode {
  const shown = useTrace((state) => state.shown);
  const told = flows.map((flow, at) => ({ ...flow, at })).filter(({ differs }) => differs === differing);
  if (told.length === 0) return null;
  return (
    <ul className="path-flows" aria-label={traceStrings.flows} data-testid="trace-flows">
      {told.map(({ packet, differs, sentence, path, at }) => (
        <li key={packet} className={differs ? 'differs' : 'faint'}>
          {differs ? <Tag tone={verdictTones[path.verdict]}>{traceStrings.tracked}</Tag> : null}
          <span className="selectable">{sentence}</span>
          <button
            type="button"
            className="link"
            aria-pressed={shown === `flow:${at}`}
            aria-label={`${traceStrings.showFlow}: ${packet}`}
            onClick={() => {
              showPath(shown === `flow:${at}` ? 0 : `flow:${at}`);
            }}
          >
            {shown === `flow:${at}` ? traceStrings.showNew : traceStrings.showFlow}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Where our model is not what the kernels do: below the head, which stays in sight and is to leave room for the hops. */
function Disagreements({ kernel: { agrees, disagreements } }: Pick<Traced, 'kernel'>): ReactNode {
  if (agrees !== false) return null;
  return (
    <div className="path-disagrees" role="alert" data-testid="trace-disagreements">
      {traceStrings.kernelDisagrees}
      <ul>
        {disagreements.map((each) => (
          <li key={each} className="selectable">
            {each}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Hops({ path }: { readonly path: TracePath }): ReactNode {
  const open = useTrace((state) => state.openHop);
  const observed = useObserved(path);
  const { hops } = path;
  return (
    <>
      <Observed observed={observed} />
      <ol className="path-hops" aria-label={traceStrings.label} data-testid="trace-hops">
        {hops.map((hop, at) => (
          <Fragment key={`${hop.netnsId} ${String(at)}`}>
            <HopRow
              hop={hop}
              number={at + 1}
              seen={observed?.byHop[at] ?? []}
              ends={at === hops.length - 1 ? path : null}
              open={open === at}
              toggle={() => {
                openHop(open === at ? null : at);
              }}
            />
            <Between hop={hop} next={hops[at + 1]} />
          </Fragment>
        ))}
      </ol>
    </>
  );
}

function Between({ hop, next }: { readonly hop: TraceHop; readonly next: TraceHop | undefined }): ReactNode {
  if (next === undefined) return null;
  return <li className="path-between faint selectable">{betweenHops(hop, next)}</li>;
}

function Missing({ answer: { missing } }: { readonly answer: Traced }): ReactNode {
  if (missing.length === 0) return null;
  return (
    <details className="path-missing" data-testid="trace-missing">
      <summary>{traceStrings.missing(missing.length)}</summary>
      <ul>
        {missing.map((each) => (
          <li key={each} className="selectable">
            {each}
          </li>
        ))}
      </ul>
    </details>
  );
}
