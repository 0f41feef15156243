// What Kubernetes was asked for and how each list stands: what this login may not list is said first, the rest when it is unfolded.
import { Fragment, type ReactNode } from 'react';
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
  const isRefused = ({ state }: Kind): boolean => state === 'not-permitted' || state === 'failed';
  const refused = kinds.filter(isRefused);
  return (
    <Section title={inspectorStrings.inventory}>
      {refused.length === 0 ? null : <Kinds kinds={refused} />}
      <details className="inspector-settings" data-testid="inspector-inventory">
        <summary>{inventorySummary(kinds)}</summary>
        <p className="faint">{inspectorStrings.inventoryColumns}</p>
        <Kinds kinds={kinds.filter((kind) => !isRefused(kind))} />
      </details>
    </Section>
  );
}

/** `ippools.crd.projectcalico.org`: the first word says what, the group who made it. */
function KindName({ name }: { readonly name: string }): ReactNode {
  const [plural, ...group] = name.split('.');
  return (
    <span className="mono">
      {plural}
      {group.map((word) => (
        <Fragment key={word}>
          <wbr />
          <span className="faint">.{word}</span>
        </Fragment>
      ))}
    </span>
  );
}

function Kinds({ kinds }: { readonly kinds: readonly Kind[] }): ReactNode {
  return (
    <ul className="lines">
      {kinds.map(({ name, state, count, asOf, sentence, command }) => (
        <li key={name} className="inspector-setting selectable" title={command ?? undefined}>
          <KindName name={name} />{' '}
          <span className="dim">
            {state === 'listed' ? count.toLocaleString('en') : KIND_STATES[state]}
            {asOf === null ? '' : ` · ${clockText(asOf)}`}
          </span>
          {sentence === null || state === 'absent' ? null : (
            <span className={`inspector-setting-note ${state === 'listed' ? '' : 'odd'}`}>{sentence}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
