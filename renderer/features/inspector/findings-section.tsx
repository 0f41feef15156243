// What the diagnosis found about what is selected; each leads to the finding in full.
import type { ReactNode } from 'react';
import type { Topology } from '../../../app/topology/model.ts';
import { findingKey, findingsById, showFinding, useFindings } from '../../state/findings.ts';
import { findingStrings } from '../../state/finding-strings.ts';
import { showDock } from '../../state/ui.ts';

/** What is selected is to stay in sight below them. */
const MOST_SHOWN = 5;

export function FindingsSection({
  topology,
  id,
}: {
  readonly topology: Topology;
  /** Of what is selected. */
  readonly id: string;
}): ReactNode {
  const diagnosis = useFindings((state) => state.diagnosis);
  const findings = diagnosis === null ? [] : (findingsById(topology)(diagnosis).get(id) ?? []);
  if (findings.length === 0) return null;
  return (
    <ul className="inspector-findings" aria-label={findingStrings.section} data-testid="inspector-findings">
      {findings.slice(0, MOST_SHOWN).map((finding) => (
        <li key={findingKey(finding)}>
          <button
            type="button"
            className={`inspector-finding ${finding.severity}`}
            onClick={() => {
              showFinding(finding);
            }}
          >
            <span className={`dot ${finding.severity === 'error' ? 'bad' : 'warn'}`} aria-hidden="true" />
            <span title={finding.title}>{finding.title}</span>
          </button>
        </li>
      ))}
      {findings.length <= MOST_SHOWN ? null : (
        <li>
          <button
            type="button"
            className="link"
            onClick={() => {
              showDock('findings');
            }}
          >
            {findingStrings.more(findings.length - MOST_SHOWN)}
          </button>
        </li>
      )}
    </ul>
  );
}
