// A Pod's labels: Services and policies select it by them. What a label holds is its owner's: shown as text, and nothing else.
import type { ReactNode } from 'react';
import { plainText } from '../../../app/plain-text.ts';
import type { PodEntity } from '../../../app/topology/model.ts';
import { Section } from './parts.tsx';
import { inspectorStrings } from './strings.ts';

/** More are unfolded. */
const SHOWN = 8;

export function LabelsSection({ pod: { labels, moreLabels } }: { readonly pod: PodEntity }): ReactNode {
  const all = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (all.length === 0 && moreLabels === 0) return null;
  const rest = all.slice(SHOWN);
  return (
    <Section title={inspectorStrings.labels} count={all.length + moreLabels}>
      <Labels labels={all.slice(0, SHOWN)} />
      {rest.length === 0 ? null : (
        <details>
          <summary>{inspectorStrings.moreLabels(rest.length)}</summary>
          <Labels labels={rest} />
        </details>
      )}
      {moreLabels === 0 ? null : <p className="dim">{inspectorStrings.labelsNotKept(moreLabels)}</p>}
    </Section>
  );
}

function Labels({ labels }: { readonly labels: readonly (readonly [string, string])[] }): ReactNode {
  return (
    <ul className="lines" data-testid="inspector-labels">
      {labels.map(([key, value]) => (
        <li key={key} className="inspector-label mono selectable">
          <span className="dim">{plainText(key)}=</span>
          {plainText(value)}
        </li>
      ))}
    </ul>
  );
}
