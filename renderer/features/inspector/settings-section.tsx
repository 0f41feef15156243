// What is set on a node, or at one of its interfaces: odd settings first, the rest when it is unfolded.
import { Fragment, type ReactNode } from 'react';
import type { SettingsView } from '../../../app/contract/settings-view.ts';
import { useAsked } from '../../state/asked.ts';
import { nodeClockText } from '../../state/text.ts';
import { Section } from './parts.tsx';
import { keyed } from './row-keys.ts';
import { inspectorStrings, inspectorWords } from './strings.ts';

/** Nodes are asked as seldom. */
const EVERY_MS = 10_000;
/** The first reading comes within a second of the click. */
const INSIDE_EVERY_MS = 1_000;

type Row = SettingsView['groups'][number]['rows'][number];

export function SettingsSection({
  label,
  device,
}: {
  readonly label: string;
  /** Null: the node itself. */
  readonly device: string | null;
}): ReactNode {
  const { answer, sentence } = useAsked('node.settings', { label, device }, EVERY_MS);
  return <SettingsOf title={inspectorStrings.settings} answer={answer} sentence={sentence} />;
}

/** What listens inside a Pod that somebody looks at, and what is set there. */
export function InsideSection({ netnsId }: { readonly netnsId: string }): ReactNode {
  const { answer, sentence } = useAsked('pod.inside', { netnsId }, INSIDE_EVERY_MS);
  const listening = answer?.groups.find(({ title }) => title === 'Listening') ?? null;
  return (
    <>
      {listening === null ? null : (
        <Section title={inspectorStrings.listening} count={listening.rows.length}>
          {listening.rows.length === 0 ? (
            <p className="dim">{inspectorStrings.nothingListens}</p>
          ) : (
            <div data-testid="inspector-listening">
              <Settings rows={listening.rows} rest={listening.rest} />
            </div>
          )}
        </Section>
      )}
      <SettingsOf
        title={inspectorStrings.insideSettings}
        answer={
          answer === null
            ? null
            : { ...answer, groups: answer.groups.filter(({ title }) => title !== 'Listening') }
        }
        sentence={sentence}
      />
    </>
  );
}

function SettingsOf({
  title,
  answer,
  sentence,
}: {
  readonly title: string;
  readonly answer: SettingsView | null;
  readonly sentence: string | null;
}): ReactNode {
  const said = answer?.sentence ?? sentence;
  if (answer === null || (answer.groups.length === 0 && said === null)) return null;
  const rows = answer.groups.flatMap((group) => group.rows);
  const odd = rows.filter((row) => row.odd);
  return (
    <Section title={title} count={rows.length}>
      {said === null ? null : <p className="dim selectable">{said}</p>}
      {odd.length === 0 ? null : <Settings rows={odd} />}
      <details className="inspector-settings" data-testid="inspector-settings">
        <summary>
          {odd.length === 0 ? inspectorStrings.settingsFine : inspectorStrings.settingsAll}
          {answer.at === null ? null : <span className="faint"> · {nodeClockText(answer.at)}</span>}
        </summary>
        {answer.groups.map((group) => (
          <Fragment key={group.title}>
            <h4>{group.title}</h4>
            <Settings rows={group.rows} rest={group.rest} />
          </Fragment>
        ))}
      </details>
    </Section>
  );
}

function Settings({
  rows,
  rest = [],
}: {
  readonly rows: readonly Row[];
  readonly rest?: readonly string[];
}): ReactNode {
  return (
    <>
      <ul className="lines">
        {keyed(rows).map(([key, row]) => (
          <li key={key} className="inspector-setting selectable">
            <span className="mono">{row.name}</span> <span className="mono dim">{row.value}</span>
            {row.note === null ? null : (
              <span className={`inspector-setting-note ${row.odd ? 'odd' : ''}`}>{row.note}</span>
            )}
          </li>
        ))}
      </ul>
      {rest.length === 0 ? null : <p className="dim selectable">{rest.join(' ')}</p>}
    </>
  );
}

/** What is read for a change alone costs little; the dearest readings are what one asks about. */
const COSTS_SHOWN = 2;

/** What reading the node costs it. */
export function CostFact({ label }: { readonly label: string }): ReactNode {
  const { answer } = useAsked('node.cost', { label }, EVERY_MS);
  if (answer === null || answer.length === 0)
    return <span className="dim">{inspectorStrings.costUnknown}</span>;
  const costliest = answer.toSorted((a, b) => b.cpuMs - a.cpuMs).slice(0, COSTS_SHOWN);
  return costliest.map(({ parts, cpuMs, sections }) => {
    const [slowest] = sections;
    const title = slowest === undefined ? undefined : inspectorStrings.slowest(slowest.command, slowest.ms);
    return (
      <div key={parts.join(' ')} title={title}>
        <span className="mono">{inspectorWords.ms(cpuMs)}</span>{' '}
        <span className="dim">{parts.join(', ')}</span>
      </div>
    );
  });
}
