// “Which is it?”: the model's answer and its matrix at once; then, if somebody agrees to what would be run, by a few packets.
import { type ReactNode, useState } from 'react';
import { closeScope, type Scoped, sendScope, useScope } from '../../state/scope.ts';
import { useSending } from '../../state/sending.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Tag } from '../../ui/tag.tsx';
import { RisenList } from './outcome.tsx';
import { Plan } from './plan.tsx';
import { cellResult } from './scope-rows.ts';
import { ScopeMatrix } from './scope-matrix.tsx';
import { scopeStrings } from './scope-strings.ts';
import { probeStrings } from './strings.ts';
import './probe.css';
import './scope.css';

export function ScopeDialog(): ReactNode {
  const asks = useScope(({ asked }) => asked !== null);
  return asks ? <Scope /> : null;
}

function Scope(): ReactNode {
  const { asked, answer, waits, sentence } = useScope();
  // In the matrix' place, for nobody agrees to what stands out of sight; it stays where the nodes would run something else by now.
  const [planned, showPlan] = useState(false);
  const [from, to] = [answer?.from ?? asked?.from ?? '', answer?.to ?? asked?.to ?? ''];
  const plan = planned && answer?.by === 'model' ? answer.plan : null;
  return (
    <Dialog wide title={scopeStrings.title(from, to)} testId="scope" onDismiss={closeScope}>
      <div className="probe scope" tabIndex={0}>
        {sentence === null ? null : (
          <p className="bad-ink selectable" role="alert">
            {sentence}
          </p>
        )}
        {waits === null ? null : (
          <p className="dim" role="status">
            {waits === 'plan' ? scopeStrings.asking : scopeStrings.sending}
          </p>
        )}
        {plan !== null ? (
          <Plan plan={plan} ran={false} />
        ) : answer === null ? null : (
          <Answer answer={answer} />
        )}
      </div>
      <Actions planned={plan !== null} showPlan={showPlan} />
    </Dialog>
  );
}

function Answer({ answer }: { readonly answer: Scoped }): ReactNode {
  const { sentence, by, healthy, cells, drops, plan } = answer;
  const fails = cells.some((cell) => cellResult(cell, by) === 'fails');
  const unknown = cells.filter((cell) => cellResult(cell, by) === 'unknown').length;
  const tone = healthy ? 'ok' : fails ? 'bad' : 'warn';
  return (
    <>
      <p className="scope-sentence selectable" role="status" data-testid="scope-sentence" data-by={by}>
        <Tag tone={tone}>
          {healthy ? scopeStrings.healthy : fails ? scopeStrings.troubled : scopeStrings.unknown}
        </Tag>{' '}
        {sentence}
        {unknown === 0 ? null : ` ${scopeStrings.unknownOf(unknown, cells.length)}`}
      </p>
      <ScopeMatrix answer={answer} />
      <Lacks lacks={plan.lacks} />
      {drops.length === 0 ? null : (
        <>
          <h3>{scopeStrings.rose}</h3>
          <RisenList rose={drops} />
        </>
      )}
      {by === 'probes' ? (
        <details>
          <summary>{probeStrings.ran}</summary>
          <Plan plan={plan} ran />
        </details>
      ) : null}
    </>
  );
}

/** Why the matrix has no more rows, and why nothing could be sent from somewhere. */
function Lacks({ lacks }: { readonly lacks: readonly string[] }): ReactNode {
  if (lacks.length === 0) return null;
  return (
    <ul className="faint" aria-label={scopeStrings.lacks} data-testid="scope-lacks">
      {lacks.map((lack) => (
        <li key={lack} className="selectable">
          {lack}
        </li>
      ))}
    </ul>
  );
}

function Actions({
  planned,
  showPlan,
}: {
  readonly planned: boolean;
  readonly showPlan: (wanted: boolean) => void;
}): ReactNode {
  const { answer, waits } = useScope();
  const underWay = useSending((state) => state.underWay);
  const sent = answer?.by === 'probes';
  const note =
    underWay && waits !== 'outcome'
      ? probeStrings.another
      : planned
        ? probeStrings.cleans
        : answer !== null && !sent
          ? scopeStrings.modelNote
          : null;
  return (
    <div className="actions">
      <span className="faint">{note}</span>
      {planned ? (
        <Button
          disabled={waits !== null}
          onClick={() => {
            showPlan(false);
          }}
        >
          {scopeStrings.back}
        </Button>
      ) : (
        <Button onClick={closeScope} {...(sent ? { look: 'primary' } : {})}>
          {sent ? scopeStrings.close : scopeStrings.cancel}
        </Button>
      )}
      {answer === null || sent ? null : planned ? (
        <Button
          look="primary"
          disabled={waits !== null || underWay || answer.plan.commands.length === 0}
          onClick={sendScope}
          data-testid="scope-send"
        >
          {scopeStrings.send}
        </Button>
      ) : (
        <Button
          look="primary"
          title={scopeStrings.tryTitle}
          disabled={waits !== null || answer.plan.commands.length === 0}
          onClick={() => {
            showPlan(true);
          }}
          data-testid="scope-plan"
        >
          {scopeStrings.tryIt}
        </Button>
      )}
    </div>
  );
}
