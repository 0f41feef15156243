// What would be lost if a link, a BGP session or a node failed: the sum first, then who, then why.
import type { ReactNode } from 'react';
import type { Failure, PairGroup, WhatIfAnswer } from '../../../app/diagnose/what-if/model.ts';
import { askTrace, useTrace } from '../../state/trace.ts';
import { showDock } from '../../state/ui.ts';
import { closeWhatIf, useWhatIf } from '../../state/what-if.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { sessionLines } from './session-lines.ts';
import { whatIfStrings } from './strings.ts';
import './what-if.css';

export function WhatIfDialog(): ReactNode {
  const { fails, answer, sentence } = useWhatIf();
  if (fails === null) return null;
  return (
    <Dialog wide title={whatIfStrings.title(nameOf(fails))} testId="what-if" onDismiss={closeWhatIf}>
      {answer === null ? (
        <p className={sentence === null ? 'dim' : 'bad-ink selectable'} role="status">
          {sentence ?? whatIfStrings.asking}
        </p>
      ) : (
        <Told answer={answer} />
      )}
      <div className="actions">
        <span className="faint">{whatIfStrings.model}</span>
        <Button look="primary" onClick={closeWhatIf}>
          {whatIfStrings.close}
        </Button>
      </div>
    </Dialog>
  );
}

function nameOf(fails: Failure): string {
  if (fails.kind === 'node') return fails.node;
  return `${fails.kind === 'link' ? fails.device : fails.peer} of ${fails.node}`;
}

function Told({ answer }: { readonly answer: Extract<WhatIfAnswer, { ok: true }> }): ReactNode {
  const { sentence, effects, sessions, lost, rerouted, gained, unsure, stays } = answer;
  const { services, routes, routesLeft, pods, podsLeft, missing } = answer;
  const more = (count: number): string[] => (count === 0 ? [] : [whatIfStrings.left(count)]);
  return (
    <div className="what-if" data-testid="what-if-answer" tabIndex={0}>
      <p className="what-if-sum selectable" role="status">
        {sentence}
      </p>
      <Lines title={whatIfStrings.effects} lines={effects} />
      <Groups title={whatIfStrings.lost} groups={lost} tone="bad" />
      <Groups title={whatIfStrings.rerouted} groups={rerouted} tone="warn" />
      <Groups title={whatIfStrings.gained} groups={gained} tone="ok" />
      <Groups title={whatIfStrings.unsure} groups={unsure} tone="warn" />
      {stays === 0 ? null : <p className="dim">{whatIfStrings.stays(stays)}</p>}
      <Lines
        title={whatIfStrings.services}
        lines={services.map(({ service, sentence: fate }) => `${service}: ${fate}`)}
      />
      <Lines title={whatIfStrings.sessions} lines={sessionLines(sessions)} />
      <Lines
        title={whatIfStrings.routes}
        lines={[
          ...routes.map(({ node, was, becomes }) => `${node}: ${was} → ${becomes ?? whatIfStrings.none}`),
          ...more(routesLeft),
        ]}
      />
      <Lines title={whatIfStrings.pods} lines={[...pods, ...more(podsLeft)]} />
      <Lines title={whatIfStrings.missing} lines={missing} />
    </div>
  );
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }): ReactNode {
  if (lines.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {lines.map((line) => (
          <li key={line} className="selectable">
            {line}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Groups({
  title,
  groups,
  tone,
}: {
  readonly title: string;
  readonly groups: readonly PairGroup[];
  readonly tone: 'bad' | 'warn' | 'ok';
}): ReactNode {
  if (groups.length === 0) return null;
  return (
    <section>
      <h3>
        <span className={`dot ${tone}`} aria-hidden="true" /> {title}
      </h3>
      <ul>
        {groups.map((group) => (
          <li key={`${group.from} ${group.to} ${group.sentence}`} className="what-if-group">
            <div>
              <strong>
                {group.from} → {group.to}
              </strong>{' '}
              <span className="dim">
                {whatIfStrings.pairs(group.pairs)}, {group.examples.join(', ')}
              </span>
            </div>
            <p className="selectable">{group.sentence}</p>
            {group.after === '' || group.after === group.before ? null : (
              <dl>
                <dt>{whatIfStrings.now}</dt>
                <dd className="mono selectable">{group.before}</dd>
                <dt>{whatIfStrings.then}</dt>
                <dd className="mono selectable">{group.after}</dd>
              </dl>
            )}
            <Button
              look="quiet"
              small
              onClick={() => {
                const { from, to, proto, port } = group.asked;
                useTrace.setState({ from, to, what: port === null ? proto : `${proto} ${String(port)}` });
                askTrace(group.asked);
                showDock('path');
                closeWhatIf();
              }}
            >
              {whatIfStrings.trace}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
