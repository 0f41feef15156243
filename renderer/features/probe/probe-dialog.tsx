// A probe asks first: what it would run, what that changes and until when. Sent, it says what became of the packets and what rose.
import type { ReactNode } from 'react';
import type { NodeRules, ProbeOutcome } from '../../../app/trace/probe-model.ts';
import { closeProbe, planProbe, sendProbe, useProbe } from '../../state/probe.ts';
import { useSending } from '../../state/sending.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Tag, type TagTone } from '../../ui/tag.tsx';
import { Plan } from './plan.tsx';
import { probeStrings } from './strings.ts';
import './probe.css';

const tones: Readonly<Record<ProbeOutcome['verdict'], TagTone>> = {
  arrives: 'ok',
  partly: 'warn',
  refused: 'bad',
  lost: 'bad',
  unknown: 'warn',
};

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
        {sentence === null ? null : <p className="bad-ink selectable">{sentence}</p>}
        {waits === null ? null : (
          <p className="dim" role="status">
            {waits === 'plan' ? probeStrings.planning : probeStrings.running}
          </p>
        )}
        {outcome === null ? null : <Outcome outcome={outcome} />}
        {answer === null ? null : <Plan plan={answer.plan} ran={outcome !== null} />}
      </div>
      <Actions />
    </Dialog>
  );
}

function Actions(): ReactNode {
  const { asked, answer, waits, sizes, rules } = useProbe();
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
  const choices = { sizes, rules };
  return (
    <>
      <div className="probe-choices">
        {(['sizes', 'rules'] as const).map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={choices[name]}
              disabled={waits !== null}
              onChange={(event) => {
                planProbe(asked, { ...choices, [name]: event.target.checked });
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

function Outcome({ outcome }: { readonly outcome: ProbeOutcome }): ReactNode {
  const { verdict, sentence, agrees, shots, pathMtu, rose, rules } = outcome;
  return (
    <section data-testid="probe-outcome" data-verdict={verdict}>
      <p className="selectable" role="status">
        <Tag tone={tones[verdict]}>{probeStrings.verdicts[verdict]}</Tag> {sentence}{' '}
        {agrees === null ? null : (
          <Tag tone={agrees ? 'ok' : 'warn'}>{agrees ? probeStrings.agrees : probeStrings.disagrees}</Tag>
        )}
      </p>
      {pathMtu === null ? null : <p className="selectable">{pathMtu.sentence}</p>}
      <h3>{probeStrings.shots}</h3>
      <ul>
        {shots.map((shot, at) => (
          <li key={`${shot.kind} ${String(shot.size)} ${String(at)}`} className="selectable">
            {shot.sentence} <span className="faint">{probeStrings.ends[shot.end]}</span>
          </li>
        ))}
      </ul>
      {rose.length === 0 ? null : (
        <>
          <h3>{probeStrings.rose}</h3>
          <ul>
            {rose.map((one) => (
              <li key={`${one.node} ${one.name} ${one.text}`} className="selectable">
                <span className={one.drops ? 'bad-ink' : ''}>
                  {one.node}: {one.name} {probeStrings.by(one.rose)}
                </span>{' '}
                <span className="faint mono">{one.text}</span>
                {one.onWay ? <span className="dim"> {probeStrings.onWay}</span> : null}
              </li>
            ))}
          </ul>
        </>
      )}
      {(rules ?? []).map((each) => (
        <Met key={each.node} rules={each} />
      ))}
    </section>
  );
}

function Met({ rules: { node, sentence, met, difference } }: { readonly rules: NodeRules }): ReactNode {
  return (
    <>
      <h3>{probeStrings.met(node)}</h3>
      <p className="selectable">
        {sentence} {difference === null ? null : <span className="warn-ink">{difference}</span>}
      </p>
      <ol className="probe-met">
        {met.map((rule, at) => (
          <li key={`${rule.table} ${rule.chain} ${String(rule.number)} ${String(at)}`}>
            <span className="mono">
              {rule.table} {rule.chain} {rule.number ?? ''}
            </span>{' '}
            <span className={/drop|reject/i.test(rule.verdict) ? 'bad-ink' : 'dim'}>{rule.verdict}</span>{' '}
            <span className="faint mono">{rule.text}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
