// A probe asks first: what it would run, what that changes and until when. Sent, it says what became of the packets and what rose.
import type { ReactNode } from 'react';
import { closeProbe, planProbeAgain, sendProbe, useProbe } from '../../state/probe.ts';
import { useSending } from '../../state/sending.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Outcome } from './outcome.tsx';
import { Plan } from './plan.tsx';
import { probeStrings } from './strings.ts';
import './probe.css';

export function ProbeDialog(): ReactNode {
  const { asked, answer, waits, sentence } = useProbe();
  if (asked === null) return null;
  const outcome = answer?.outcome ?? null;
  const [from, to] = answer === null ? [asked.from, asked.to] : [answer.from, answer.to];
  return (
    <Dialog
      wide
      title={(outcome === null ? probeStrings.title : probeStrings.told)(from, to)}
      testId="probe"
      onDismiss={closeProbe}
    >
      <div className="probe" tabIndex={0}>
        {sentence === null ? null : (
          <p className="bad-ink selectable" role="alert">
            {sentence}
          </p>
        )}
        {waits === null ? null : (
          <p className="dim" role="status">
            {waits === 'plan' ? probeStrings.planning : probeStrings.running}
          </p>
        )}
        {outcome === null ? null : <Outcome outcome={outcome} />}
        {answer === null ? null : outcome === null ? (
          <div className={waits === 'plan' ? 'probe-earlier' : ''} aria-busy={waits === 'plan'}>
            <Plan plan={answer.plan} ran={false} />
          </div>
        ) : (
          <details>
            <summary>{probeStrings.ran}</summary>
            <Plan plan={answer.plan} ran />
          </details>
        )}
      </div>
      <Actions />
    </Dialog>
  );
}

function Actions(): ReactNode {
  const { asked, answer, waits } = useProbe();
  const underWay = useSending((state) => state.underWay);
  if (asked === null) return null;
  if (answer !== null && answer.outcome !== null)
    return (
      <div className="actions">
        <Button look="primary" onClick={closeProbe}>
          {probeStrings.close}
        </Button>
      </div>
    );
  return (
    <>
      <div className="probe-choices">
        {(['sizes', 'rules'] as const).map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={asked[name]}
              disabled={waits === 'outcome'}
              onChange={(event) => {
                planProbeAgain({ ...asked, [name]: event.target.checked });
              }}
            />{' '}
            {probeStrings[name]}
          </label>
        ))}
      </div>
      <div className="actions">
        <span className="faint">
          {underWay && waits !== 'outcome' ? probeStrings.another : probeStrings.cleans}
        </span>
        <Button onClick={closeProbe}>{probeStrings.cancel}</Button>
        <Button
          look="primary"
          disabled={waits !== null || underWay || answer === null || answer.plan.commands.length === 0}
          onClick={sendProbe}
          data-testid="probe-send"
        >
          {probeStrings.send}
        </Button>
      </div>
    </>
  );
}
