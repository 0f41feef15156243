// What became of a probe: the verdict, what was sent, what rose meanwhile, and the rules that the kernels took it through.
import type { ReactNode } from 'react';
import type { NodeRules, ProbeOutcome, RisenCounter, ShotTold } from '../../../app/trace/probe-model.ts';
import { Tag, type TagTone } from '../../ui/tag.tsx';
import { probeStrings } from './strings.ts';

const tones: Readonly<Record<ProbeOutcome['verdict'], TagTone>> = {
  arrives: 'ok',
  partly: 'warn',
  refused: 'bad',
  lost: 'bad',
  unknown: 'warn',
};

export function Outcome({ outcome }: { readonly outcome: ProbeOutcome }): ReactNode {
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
        {alike(shots).map(({ shot, times }) => (
          <li key={`${shot.kind} ${shot.sentence} ${shot.end}`} className="selectable">
            {times === 1 ? null : `${String(times)} × `}
            {shot.sentence} <span className="faint">{probeStrings.ends[shot.end]}</span>
          </li>
        ))}
      </ul>
      <Rose rose={rose} />
      {(rules ?? []).map((each) => (
        <Met key={each.node} rules={each} />
      ))}
    </section>
  );
}

/** Those that were told the same stand once. */
function alike(shots: readonly ShotTold[]): { readonly shot: ShotTold; readonly times: number }[] {
  const found = new Map<string, { shot: ShotTold; times: number }>();
  for (const shot of shots) {
    const key = `${shot.kind} ${shot.sentence} ${shot.end}`;
    found.set(key, { shot, times: (found.get(key)?.times ?? 0) + 1 });
  }
  return [...found.values()];
}

/** What ended packets first; the many that let them pass are there for who wants to see how far they came. */
function Rose({ rose }: Pick<ProbeOutcome, 'rose'>): ReactNode {
  const ended = rose.filter(({ drops }) => drops);
  const passed = rose.filter(({ drops }) => !drops);
  return (
    <>
      {ended.length === 0 ? null : (
        <>
          <h3>{probeStrings.rose}</h3>
          <RisenList rose={ended} />
        </>
      )}
      {passed.length === 0 ? null : (
        <details className="probe-passed">
          <summary>{probeStrings.passed(passed.length)}</summary>
          <RisenList rose={passed} />
        </details>
      )}
    </>
  );
}

export function RisenList({ rose }: { readonly rose: readonly RisenCounter[] }): ReactNode {
  return (
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
              {rule.table} {rule.chain} {rule.number === 0 ? '' : rule.number}
            </span>{' '}
            <span className={/drop|reject/i.test(rule.verdict) ? 'bad-ink' : 'dim'}>{rule.verdict}</span>{' '}
            <span className="faint mono">{rule.text}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
