// What would be run, and what cannot be: nobody agrees to what they have not seen.
import type { ReactNode } from 'react';
import type { ActivePlan } from '../../../app/trace/probe-model.ts';
import { probeStrings } from './strings.ts';

export function Plan({ plan, ran }: { readonly plan: ActivePlan; readonly ran: boolean }): ReactNode {
  return (
    <section>
      <p className="selectable">{plan.sentence}</p>
      {ran ? null : <h3>{probeStrings.commands}</h3>}
      <ol className="probe-commands" data-testid="probe-commands">
        {runsOf(plan.commands).map(({ planned: { node, rights, command, changes }, times }, at) => (
          <li key={`${node} ${command} ${String(at)}`}>
            <span className="dim">
              {node}, {probeStrings.rights[rights]}
              {times === 1 ? '' : `, ${probeStrings.times(times)}`}:{' '}
              <span className={changes === null ? 'faint' : 'warn-ink'}>
                {changes ?? probeStrings.readsOnly}
              </span>
            </span>
            <code className="selectable">{command}</code>
          </li>
        ))}
      </ol>
      {plan.lacks.length === 0 ? null : (
        <>
          <h3>{probeStrings.lacks}</h3>
          <ul>
            {plan.lacks.map((lack) => (
              <li key={lack} className="selectable">
                {lack}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface Run {
  readonly planned: ActivePlan['commands'][number];
  /** So often, one after the other. */
  readonly times: number;
}

/** What is run several times in a row stands once: the order stays what is agreed to. */
function runsOf(commands: ActivePlan['commands']): Run[] {
  const runs: Run[] = [];
  for (const planned of commands) {
    const before = runs.at(-1);
    if (before !== undefined && JSON.stringify(before.planned) === JSON.stringify(planned))
      runs[runs.length - 1] = { planned, times: before.times + 1 };
    else runs.push({ planned, times: 1 });
  }
  return runs;
}
