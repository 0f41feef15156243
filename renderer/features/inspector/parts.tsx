// What every kind of inspector is made of.
import type { ReactNode } from 'react';
import type { Lifetime, Topology } from '../../../app/topology/model.ts';
import { select, type Selection } from '../../state/selection.ts';
import { dateText } from '../../state/text.ts';
import { AsOf } from '../../ui/as-of.tsx';
import { Tag } from '../../ui/tag.tsx';
import { inspectorStrings, inspectorWords } from './strings.ts';

export function Header({
  title,
  subtitle,
  lifetime,
  nodeLabel,
  actions,
}: {
  readonly title: string;
  readonly subtitle: ReactNode;
  readonly lifetime: Lifetime;
  /** The node that told of it. */
  readonly nodeLabel: string | null;
  readonly actions?: ReactNode;
}): ReactNode {
  return (
    <header className="inspector-header">
      <div className="inspector-headline">
        <h2 className="selectable" data-testid="inspector-title">
          {title}
        </h2>
        {actions}
      </div>
      <div className="dim selectable">{subtitle}</div>
      {lifetime.until === null ? (
        <AsOf label={nodeLabel} />
      ) : (
        <Tag tone="warn">{inspectorStrings.ended(dateText(lifetime.until))}</Tag>
      )}
    </header>
  );
}

export function Section({
  title,
  count,
  children,
}: {
  readonly title: string;
  readonly count?: number;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <section className="inspector-section" aria-label={title}>
      <h3>
        {title} {count === undefined ? null : <span className="faint">{count.toLocaleString('en')}</span>}
      </h3>
      {children}
    </section>
  );
}

/** A word that leads to another thing. */
export function Link({ to, children }: { readonly to: Selection; readonly children: ReactNode }): ReactNode {
  return (
    <button
      type="button"
      className="inspector-link mono"
      onClick={() => {
        select(to);
      }}
    >
      {children}
    </button>
  );
}

export function NodeLink({
  topology,
  nodeId,
}: {
  readonly topology: Topology;
  readonly nodeId: string;
}): ReactNode {
  const node = topology.nodes[nodeId];
  return node === undefined ? null : <Link to={{ kind: 'node', id: node.id }}>{node.label}</Link>;
}

export function Sentences({
  title,
  sentences,
  tone,
}: {
  readonly title: string;
  readonly sentences: readonly string[];
  readonly tone: 'warn' | 'plain';
}): ReactNode {
  if (sentences.length === 0) return null;
  return (
    <Section title={title}>
      <ul className={`inspector-sentences ${tone}`}>
        {sentences.map((sentence) => (
          <li key={sentence} className="selectable">
            {sentence}
          </li>
        ))}
      </ul>
    </Section>
  );
}

export interface Earlier extends Lifetime {
  readonly id: string;
  readonly note: string;
}

/** Others that bore the same name, latest first: a name may be reused, an address reassigned. */
export function History({
  kind,
  entries,
}: {
  readonly kind: Selection['kind'];
  readonly entries: readonly Earlier[];
}): ReactNode {
  if (entries.length === 0) return null;
  const latestFirst = entries.toSorted((a, b) => b.since.s - a.since.s || b.since.ns - a.since.ns);
  return (
    <Section title={inspectorStrings.history} count={entries.length}>
      <ol className="inspector-history" data-testid="inspector-history">
        {latestFirst.map((entry) => (
          <li key={entry.id}>
            <Link to={{ kind, id: entry.id }}>
              {dateText(entry.since).slice(0, -4)} –{' '}
              {entry.until === null ? inspectorWords.now : dateText(entry.until).slice(11)}
            </Link>
            <div className="dim">{entry.note}</div>
          </li>
        ))}
      </ol>
    </Section>
  );
}
