// What Kubernetes was asked for and how each list stands: what this login may not list is said first, the rest when it is unfolded.
import type { ReactNode } from 'react';
import { byUrgency, inventorySummary, KIND_STATES } from '../../../app/probe/inventory-summary.ts';
import type { InventoryView } from '../../../app/contract/inventory-view.ts';
import { useAsked } from '../../state/asked.ts';
import { clockText } from '../../state/text.ts';
import { Section } from './parts.tsx';
import { inspectorStrings } from './strings.ts';

/** On connecting each kind comes by itself, within seconds. */
const EVERY_MS = 3_000;

type Kind = InventoryView['kinds'][number];

export function InventorySection(): ReactNode {
  const { answer } = useAsked('inventory.view', undefined, EVERY_MS);
  if (answer === null) return null;
  if (answer.sentence !== null)
    return (
      <Section title={inspectorStrings.inventory}>
        <p className="dim selectable">{answer.sentence}</p>
      </Section>
    );
  const kinds = byUrgency(answer.kinds);
  const refused = kinds.filter(({ state }) => state === 'not-permitted' || state === 'failed');
  return (
    <Section title={inspectorStrings.inventory}>
      {refused.length === 0 ? null : <Kinds kinds={refused} />}
      <details className="inspector-settings" data-testid="inspector-inventory">
        <summary>{inventorySummary(kinds)}</summary>
        <Kinds kinds={kinds} />
      </details>
    </Section>
  );
}

function Kinds({ kinds }: { readonly kinds: readonly Kind[] }): ReactNode {
  return (
    <ul className="lines">
      {kinds.map(({ name, state, count, asOf, sentence, command }) => (
        <li key={name} className="inspector-setting selectable" title={command ?? undefined}>
          <span className="mono">{name}</span>{' '}
          <span className="dim">
            {state === 'listed' ? count.toLocaleString('en') : KIND_STATES[state]}
            {asOf === null ? '' : ` · ${inspectorStrings.asOf(clockText(asOf))}`}
          </span>
          {sentence === null || state === 'absent' ? null : (
            <span className={`inspector-setting-note ${state === 'listed' ? '' : 'odd'}`}>{sentence}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
