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
  const { asked, answer, waits, sentence } = useScope();
  // The plan that was asked to be seen: another one is shown only when somebody asks again.
  const [seen, see] = useState<string | null>(null);
  if (asked === null) return null;
  const [from, to] = answer === null ? [asked.from, asked.to] : [answer.from, answer.to];
  const planned = answer !== null && answer.by === 'model' && seen === answer.plan.id;
  return (
    <Dialog wide title={scopeStrings.title(from, to)} testId="scope" onDismiss={closeScope}>
      <div className="probe scope" tabIndex={0}>
        {sentence === null ? null : <p className="bad-ink selectable">{sentence}</p>}
        {waits === null ? null : (
          <p className="dim" role="status">
            {waits === 'model' ? scopeStrings.asking : scopeStrings.sending}
          </p>
        )}
        {answer === null ? null : planned ? (
          // In the matrix' place: nobody agrees to what stands out of sight.
          <Plan plan={answer.plan} ran={false} />
        ) : (
          <Answer answer={answer} />
        )}
        {answer?.by === 'probes' ? (
          <details>
            <summary>{probeStrings.ran}</summary>
            <Plan plan={answer.plan} ran />
          </details>
        ) : null}
      </div>
      <Actions
        planned={planned}
        plan={(wanted) => {
          see(wanted ? (answer?.plan.id ?? null) : null);
        }}
      />
    </Dialog>
  );
}

function Answer({ answer }: { readonly answer: Scoped }): ReactNode {
  const { sentence, by, healthy, cells, drops } = answer;
  const fails = cells.some((cell) => cellResult(cell, by) === 'fails');
  const tone = healthy ? 'ok' : fails ? 'bad' : 'warn';
  return (
    <>
      <p className="scope-sentence selectable" role="status" data-testid="scope-sentence" data-by={by}>
        <Tag tone={tone}>
          {healthy ? scopeStrings.healthy : fails ? scopeStrings.troubled : scopeStrings.unknown}
        </Tag>{' '}
        {sentence}
      </p>
      <ScopeMatrix answer={answer} />
      {drops.length === 0 ? null : (
        <>
          <h3>{scopeStrings.rose}</h3>
          <RisenList rose={drops} />
        </>
      )}
    </>
  );
}

function Actions({
  planned,
  plan,
}: {
  readonly planned: boolean;
  readonly plan: (wanted: boolean) => void;
}): ReactNode {
  const { answer, waits } = useScope();
  const underWay = useSending((state) => state.underWay);
  const note =
    underWay && waits !== 'probes'
      ? probeStrings.another
      : planned
        ? probeStrings.cleans
        : answer?.by === 'model'
          ? scopeStrings.modelNote
          : null;
  return (
    <div className="actions">
      <span className="faint">{note}</span>
      {planned ? (
        <Button
          onClick={() => {
            plan(false);
          }}
        >
          {scopeStrings.back}
        </Button>
      ) : (
        <Button onClick={closeScope} {...(answer?.by === 'probes' ? { look: 'primary' } : {})}>
          {answer?.by === 'probes' ? scopeStrings.close : scopeStrings.cancel}
        </Button>
      )}
      {answer === null || answer.by === 'probes' ? null : planned ? (
        <Button
          look="primary"
          disabled={waits !== null || underWay}
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
            plan(true);
          }}
          data-testid="scope-plan"
        >
          {scopeStrings.tryIt}
        </Button>
      )}
    </div>
  );
}
