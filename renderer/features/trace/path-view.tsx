// The tab “Path”: the way as one would tell it by hand, a row a hop, with what decided there; the ways of a Service; the way back.
import { Fragment, type ReactNode, useEffect, useRef } from 'react';
import type { TraceHop, TracePath } from '../../../app/trace/model.ts';
import { useObserved } from '../../state/observed.ts';
import { planProbe } from '../../state/probe.ts';
import { askScope } from '../../state/scope.ts';
import { useSession } from '../../state/session.ts';
import { clockText } from '../../state/text.ts';
import { compareTraces, openHop, shownPath, showPath, type Traced, useTrace } from '../../state/trace.ts';
import { Button } from '../../ui/button.tsx';
import { Tag } from '../../ui/tag.tsx';
import { HopRow } from './hop-row.tsx';
import { Observed, ObservedStop } from './observed.tsx';
import { betweenHops } from './between-hops.ts';
import { traceStrings } from './strings.ts';
import { keyName } from './trace-bar.tsx';
import { CompareView } from './compare-view.tsx';
import { verdictTones } from './verdict-tones.ts';
import './path-view.css';

export function PathView(): ReactNode {
  const state = useTrace();
  const { asked, answer, answered, asking, sentence, before, comparing } = state;
  const mac = useSession(({ app }) => app?.platform === 'darwin');
  const path = shownPath(state);
  const earlier =
    asked !== null && answered !== null && JSON.stringify(asked) !== JSON.stringify(answered)
      ? answered
      : null;
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
          <Head answer={answer} path={path} />
          <Disagreements kernel={answer.kernel} />
          <Flows answer={answer} />
          {comparing && before !== null ? <CompareView /> : <Hops path={path} />}
          <Missing answer={answer} />
        </div>
      )}
    </div>
  );
}

function Head({ answer, path }: { readonly answer: Traced; readonly path: TracePath }): ReactNode {
  const shown = useTrace((state) => state.shown);
  const observed = useObserved(path);
  const seenToStop = observed !== null && observed.told.stops !== null;
  const { paths, reverse, flows, from, to } = answer;
  return (
    <header className="path-head">
      <div className="path-verdict" role="status" data-testid="trace-verdict" data-verdict={path.verdict}>
        {seenToStop ? (
          // What is seen outweighs what was reckoned.
          <>
            <Tag tone="bad">{traceStrings.observedTag}</Tag>
            <Tag>{traceStrings.predicted(traceStrings.verdicts[path.verdict])}</Tag>
          </>
        ) : (
          <Tag tone={verdictTones[path.verdict]}>{traceStrings.verdicts[path.verdict]}</Tag>
        )}
        <span className="mono selectable">{shown === 'back' ? `${to} → ${from}` : `${from} → ${to}`}</span>
        {seenToStop ? (
          <ObservedStop observed={observed} />
        ) : (
          <span className="path-sentence selectable">{path.sentence}</span>
        )}
      </div>
      <div className="path-choice">
        <div className="segments" role="group" aria-label={traceStrings.paths}>
          {paths.map((each, at) => (
            <button
              key={`${each.endpoint ?? ''} ${String(at)}`}
              type="button"
              aria-pressed={shown === at}
              onClick={() => {
                showPath(at);
              }}
            >
              {paths.length === 1 ? (
                traceStrings.forth
              ) : (
                <>
                  <span className={`dot ${verdictTones[each.verdict]}`} aria-hidden="true" />{' '}
                  {traceStrings.share(each.share)} {each.endpoint ?? traceStrings.forth}
                  <span className="visually-hidden">, {traceStrings.verdicts[each.verdict]}</span>
                </>
              )}
            </button>
          ))}
          <button
            type="button"
            aria-pressed={shown === 'back'}
            disabled={reverse === null}
            title={reverse === null ? traceStrings.noBack : undefined}
            data-testid="trace-back"
            onClick={() => {
              showPath('back');
            }}
          >
            {reverse === null ? null : (
              <span className={`dot ${verdictTones[reverse.verdict]}`} aria-hidden="true" />
            )}{' '}
            {traceStrings.back}
            {reverse === null ? null : (
              <span className="visually-hidden">, {traceStrings.verdicts[reverse.verdict]}</span>
            )}
          </button>
          {flows.map(({ packet, differs, path: tracked }, at) =>
            differs ? (
              <button
                key={packet}
                type="button"
                aria-pressed={shown === `flow:${at}`}
                title={traceStrings.trackedTitle(packet)}
                onClick={() => {
                  showPath(`flow:${at}`);
                }}
              >
                <span className={`dot ${verdictTones[tracked.verdict]}`} aria-hidden="true" />{' '}
                {traceStrings.tracked}
                <span className="visually-hidden">, {traceStrings.verdicts[tracked.verdict]}</span>
              </button>
            ) : null,
          )}
        </div>
        {path.mtu === null || path.verdict !== 'delivered' ? null : (
          <span className="dim" title={traceStrings.mtuTitle}>
            {traceStrings.mtu(path.mtu)}
          </span>
        )}
        <Kernel {...answer.kernel} />
        <Before />
        <FurtherQuestions />
      </div>
    </header>
  );
}

/** Connections that conntrack has: whoever looks at a new one only takes a stale one for healthy. */
function Flows({ answer: { flows } }: { readonly answer: Traced }): ReactNode {
  const shown = useTrace((state) => state.shown);
  if (flows.length === 0) return null;
  return (
    <ul className="path-flows" aria-label={traceStrings.flows} data-testid="trace-flows">
      {flows.map(({ packet, differs, sentence, path }, at) => (
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

/** The same question was answered otherwise before. */
function Before(): ReactNode {
  const before = useTrace((state) => state.before);
  const comparing = useTrace((state) => state.comparing);
  const verdict = before?.answer.paths[0]?.verdict;
  if (before === null || verdict === undefined) return null;
  return (
    <Button
      small
      aria-pressed={comparing}
      data-testid="trace-before"
      onClick={() => {
        compareTraces(!comparing);
      }}
    >
      <span className={`dot ${verdictTones[verdict]}`} aria-hidden="true" />{' '}
      {traceStrings.beforeWas(clockText(before.until), traceStrings.verdicts[verdict])}
    </Button>
  );
}

function FurtherQuestions(): ReactNode {
  const asked = useTrace((state) => state.answered);
  const live = useSession(({ view }) => view.paste === null);
  if (asked === null) return null;
  return (
    <>
      <Button small title={traceStrings.scopeTitle} data-testid="trace-scope" onClick={askScope}>
        {traceStrings.scope}
      </Button>
      {live ? (
        <Button
          small
          title={traceStrings.probeTitle}
          data-testid="trace-probe"
          onClick={() => {
            planProbe({ ...asked, sizes: false, rules: false });
          }}
        >
          {traceStrings.probe}
        </Button>
      ) : null}
    </>
  );
}

function Kernel({ asked, agrees, disagreements }: Traced['kernel']): ReactNode {
  if (agrees === null)
    return (
      <span className="faint" title={traceStrings.kernelUnaskedTitle}>
        {traceStrings.kernelUnasked}
      </span>
    );
  return agrees ? (
    <Tag tone="ok">{traceStrings.kernelAgrees(asked)}</Tag>
  ) : (
    <Tag tone="bad" title={disagreements.join('\n')}>
      {traceStrings.kernelDisagrees}
    </Tag>
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
