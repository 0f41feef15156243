// What stands above a path and stays in sight: what becomes of the packet, which of its ways is shown, and what one may ask next.
import { type ReactNode, useEffect, useRef } from 'react';
import type { TracePath } from '../../../app/trace/model.ts';
import { useObserved } from '../../state/observed.ts';
import { planProbe } from '../../state/probe.ts';
import { askScope } from '../../state/scope.ts';
import { useSession } from '../../state/session.ts';
import { clockText } from '../../state/text.ts';
import { compareTraces, showPath, type Traced, useTrace } from '../../state/trace.ts';
import { useTopology } from '../../state/topology.ts';
import { tell } from '../../state/ui.ts';
import { watchWay, wayOfTrace } from '../../state/watch-way.ts';
import { Button } from '../../ui/button.tsx';
import { Tag } from '../../ui/tag.tsx';
import { ObservedStop } from './observed.tsx';
import { traceStrings } from './strings.ts';
import { verdictTones } from './verdict-tones.ts';
import './path-head.css';

export function PathHead({ answer, path }: { readonly answer: Traced; readonly path: TracePath }): ReactNode {
  const shown = useTrace((state) => state.shown);
  const observed = useObserved(path);
  const seenToStop = observed !== null && observed.told.stops !== null;
  const { paths, reverse, flows, from, to } = answer;
  const head = useRef<HTMLElement | null>(null);
  // What is scrolled to is not left beneath it: it is as high as its words need.
  useEffect(() => {
    const { current } = head;
    if (current === null) return;
    const watched = new ResizeObserver(() => {
      current.parentElement?.style.setProperty('--path-head', `${String(current.offsetHeight)}px`);
    });
    watched.observe(current);
    return () => {
      watched.disconnect();
    };
  }, []);
  return (
    <header ref={head} className="path-head">
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
        <WatchWay answer={answer} />
        <FurtherQuestions />
      </div>
    </header>
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

/** What becomes of real packets on this way. */
function WatchWay({ answer }: { readonly answer: Traced }): ReactNode {
  const asked = useTrace((state) => state.answered);
  const live = useSession(({ view }) => view.paste === null);
  const topology = useTopology((state) => state.topology);
  if (asked === null || topology === null || !live) return null;
  const way = wayOfTrace(topology, answer, asked);
  return (
    <Button
      small
      title={way.ok ? traceStrings.watchTitle(way.value.pod.name) : way.failure}
      data-testid="trace-watch"
      onClick={() => {
        if (way.ok) watchWay(way.value);
        else tell('info', way.failure);
      }}
    >
      {traceStrings.watch}
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
