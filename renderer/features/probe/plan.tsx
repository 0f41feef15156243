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
        {plan.commands.map(({ node, rights, command, changes }, at) => (
          <li key={`${node} ${command} ${String(at)}`}>
            <span className="dim">
              {node}, {probeStrings.rights[rights]}:{' '}
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
