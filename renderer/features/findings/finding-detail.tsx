// One finding opened: its evidence with the lines that show it, what to do, what follows from it.
import type { ReactNode } from 'react';
import type { Finding } from '../../../app/diagnose/finding.ts';
import { plainLines } from '../../../app/plain-text.ts';
import { EvidenceActions } from '../../ui/evidence-actions.tsx';
import { OutputBox } from '../../ui/output-box.tsx';
import { TypedCommand } from '../../ui/typed-command.tsx';
import { findingsStrings } from './strings.ts';

export function FindingDetail({ finding }: { readonly finding: Finding }): ReactNode {
  const { evidence, suggestion, surer, consequences, where, affected } = finding;
  return (
    <div className="finding-detail">
      {affected === undefined ? null : <Affected affected={affected} />}
      {surer === null ? null : (
        <p className="selectable dim">
          {findingsStrings.surer} {surer}
        </p>
      )}
      <div className="finding-columns">
        <section aria-label={findingsStrings.evidence}>
          <h4>{findingsStrings.evidence}</h4>
          {evidence.map((each, at) => (
            <div key={`${each.command} ${String(at)}`}>
              {each.node === null ? null : <span className="finding-node dim">{each.node}</span>}
              <TypedCommand command={each.command} node={each.node} />
              {each.output === '' ? null : <OutputBox text={plainLines(each.output)} />}
              <EvidenceActions command={each.command} node={each.node} id={each.id} />
            </div>
          ))}
        </section>
        <section aria-label={findingsStrings.mend}>
          <h4>{findingsStrings.mend}</h4>
          <p className="selectable">{suggestion.sentence}</p>
          {suggestion.commands.map((command) => (
            <TypedCommand key={command} command={command} node={where.node} />
          ))}
          <p className="faint">{findingsStrings.mendNote}</p>
        </section>
      </div>
      {consequences.length === 0 ? null : (
        <details className="finding-consequences">
          <summary>{findingsStrings.consequences(consequences.length)}</summary>
          <ul>
            {consequences.map((each) => (
              <li key={each} className="selectable">
                {each}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

/** Whom it touches: the sentence at once, who they are behind it. */
function Affected({ affected }: { readonly affected: NonNullable<Finding['affected']> }): ReactNode {
  const { sentence, pairs, pods, services, left } = affected;
  const lines = [
    ...pairs.map(
      ({ from, to, pairs: count, examples }) =>
        `${from} → ${to}: ${findingsStrings.pairs(count)}, ${examples.join(', ')}`,
    ),
    ...(left === 0 ? [] : [findingsStrings.pairsLeft(left)]),
    ...(services.length === 0 ? [] : [`${findingsStrings.services} ${services.join(', ')}`]),
    ...(pods.length === 0 ? [] : [`${findingsStrings.pods} ${pods.join(', ')}`]),
  ];
  return (
    <details className="finding-consequences" data-testid="finding-affected">
      <summary>
        {findingsStrings.affected} {sentence}
      </summary>
      <ul>
        {lines.map((line) => (
          <li key={line} className="selectable">
            {line}
          </li>
        ))}
      </ul>
    </details>
  );
}
