// What the operator already knows, over the findings: each chip narrows the search; the way that was traced is one of them.
import type { ReactNode } from 'react';
import { aboutTrace, type PlainHint, toggleHint, useFindings } from '../../state/findings.ts';
import { useTrace } from '../../state/trace.ts';
import { findingsStrings } from './strings.ts';

/** Those that take no value. */
const offered: readonly PlainHint[] = ['tcp-only', 'udp-only', 'service-only', 'large-only'];

export function HintChips(): ReactNode {
  const hints = useFindings((state) => state.hints);
  const about = useFindings((state) => state.about);
  const traced = useTrace((state) => state.answered);
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
      {offered.map((kind) => (
        <button
          key={kind}
          type="button"
          className="finding-hint"
          aria-pressed={hints.includes(kind)}
          data-testid={`finding-hint-${kind}`}
          onClick={() => {
            toggleHint(kind);
          }}
        >
          {findingsStrings.hintWords[kind]}
        </button>
      ))}
    </div>
  );
}
