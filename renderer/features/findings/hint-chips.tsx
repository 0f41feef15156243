// What the operator already knows, over the findings: each chip narrows the search; the way that was traced is one of them.
import { type ReactNode, useId, useState } from 'react';
import {
  aboutTrace,
  isAwaited,
  type PlainHint,
  setHint,
  timeOfDay,
  useFindings,
} from '../../state/findings.ts';
import { useTopology } from '../../state/topology.ts';
import { useTrace } from '../../state/trace.ts';
import { clockText } from '../../state/text.ts';
import { findingsStrings } from './strings.ts';

/** Those that take no value. */
const offered: readonly PlainHint[] = ['tcp-only', 'udp-only', 'service-only', 'large-only'];

export function HintChips(): ReactNode {
  const hints = useFindings((state) => state.hints);
  const about = useFindings((state) => state.about);
  const traced = useTrace((state) => state.answered);
  const awaited = useFindings(isAwaited);
  return (
    <div className="finding-hints" role="group" aria-label={findingsStrings.hints}>
      <span className="faint">{findingsStrings.hints}</span>
      {traced === null ? null : (
        <button
          type="button"
          className="finding-hint"
          aria-pressed={about}
          title={findingsStrings.aboutTitle}
          data-testid="finding-about"
          onClick={() => {
            aboutTrace(!about);
          }}
        >
          {findingsStrings.about(traced.from, traced.to)}
        </button>
      )}
      {offered.map((kind) => {
        const known = hints.some((hint) => hint.kind === kind);
        return (
          <button
            key={kind}
            type="button"
            className="finding-hint"
            aria-pressed={known}
            data-testid={`finding-hint-${kind}`}
            onClick={() => {
              setHint(kind, known ? null : { kind });
            }}
          >
            {findingsStrings.hintWords[kind]}
          </button>
        );
      })}
      <FromNode />
      <Since />
      <span className="faint" role="status">
        {awaited ? findingsStrings.again : null}
      </span>
    </div>
  );
}

/** The nodes that are there, and the one that was named, though it may be gone. */
function FromNode(): ReactNode {
  const named = useFindings(({ hints }) => hints.find((hint) => hint.kind === 'from-node')?.node ?? '');
  const nodes = useTopology(({ topology }) => topology?.nodes);
  const labels = Object.values(nodes ?? {})
    .filter(({ until }) => until === null)
    .map(({ label }) => label);
  const all = [...new Set([...labels, ...(named === '' ? [] : [named])])].sort();
  if (all.length < 2) return null;
  return (
    <select
      className="finding-hint"
      data-set={named !== ''}
      aria-label={findingsStrings.fromNode}
      data-testid="finding-hint-from-node"
      value={named}
      onChange={({ target }) => {
        setHint('from-node', target.value === '' ? null : { kind: 'from-node', node: target.value });
      }}
    >
      <option value="">{named === '' ? findingsStrings.fromNode : findingsStrings.fromAny}</option>
      {all.map((label) => (
        <option key={label} value={label}>
          {findingsStrings.onlyFrom(label)}
        </option>
      ))}
    </select>
  );
}

/** A time of day; it counts once it is one, and none is none. */
function Since(): ReactNode {
  const at = useFindings(({ hints }) => hints.find((hint) => hint.kind === 'since')?.at ?? null);
  const known = at === null ? '' : clockText(at * 1000).slice(0, 5);
  const [written, write] = useState<string | null>(null);
  /** Somebody is done with it, and it is no time. */
  const [refused, refuse] = useState(false);
  const id = useId();
  const text = written ?? known;
  const wrong = text.trim() !== '' && timeOfDay(text, 0) === null;
  const take = (): void => {
    refuse(wrong);
    if (written === null || wrong) return;
    const time = timeOfDay(written, Date.now());
    write(null);
    if (time !== at) setHint('since', time === null ? null : { kind: 'since', at: time });
  };
  return (
    <span className="finding-hint" data-set={at !== null}>
      <label htmlFor={id}>{findingsStrings.since}</label>{' '}
      <input
        id={id}
        className="mono"
        size={5}
        maxLength={5}
        placeholder={findingsStrings.sinceHint}
        title={findingsStrings.sinceTitle}
        aria-invalid={wrong}
        {...(refused && wrong ? { 'aria-describedby': `${id}-wrong` } : {})}
        spellCheck={false}
        autoComplete="off"
        value={text}
        data-testid="finding-hint-since"
        onChange={({ target }) => {
          write(target.value);
          refuse(false);
        }}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take();
          if (event.key === 'Escape') write(null);
        }}
      />{' '}
      {findingsStrings.utc}
      {refused && wrong ? (
        <span id={`${id}-wrong`} className="bad-ink" role="alert">
          {' '}
          {findingsStrings.sinceWrong}
        </span>
      ) : null}
    </span>
  );
}
