// The tab “Findings”: root causes, each with where, why, its evidence and what to do. What was checked is said as well.
import type { ReactNode } from 'react';
import { ChevronDown, ChevronRight } from 'lucide-react';
import type { Diagnosis, Finding } from '../../../app/diagnose/finding.ts';
import { findingKey, openFinding, subjectOf, useFindings } from '../../state/findings.ts';
import { select } from '../../state/selection.ts';
import { useSession } from '../../state/session.ts';
import { clockText } from '../../state/text.ts';
import { useTopology } from '../../state/topology.ts';
import { Tag } from '../../ui/tag.tsx';
import { FindingDetail } from './finding-detail.tsx';
import { HintChips } from './hint-chips.tsx';
import { PodsLookBar } from './pods-look-bar.tsx';
import { findingsStrings } from './strings.ts';
import './findings.css';

export function FindingsView(): ReactNode {
  const { diagnosis, sentence, open } = useFindings();
  if (diagnosis === null) return <Waiting sentence={sentence} />;
  const { findings, left } = diagnosis;
  const keys = findings.map(findingKey);
  // Of one that is gone nothing is open any more: the first is again.
  const opened = open === '' || (open !== null && keys.includes(open)) ? open : keys[0];
  return (
    <div className="dock-tab findings" data-testid="findings-view">
      <div className="findings-bar">
        <Sum findings={findings} />
        <AskedAt />
        <PodsLookBar />
      </div>
      <HintChips />
      <AboutWay asked={diagnosis.asked} />
      {sentence === null ? null : <p className="dock-warning">{sentence}</p>}
      {findings.length === 0 ? null : (
        <ol className="findings-list" aria-label={findingsStrings.label} data-testid="findings-list">
          {findings.map((finding) => (
            <FindingItem key={findingKey(finding)} finding={finding} open={opened === findingKey(finding)} />
          ))}
        </ol>
      )}
      <Gone />
      {left > 0 ? <p className="dock-note">{findingsStrings.left(left)}</p> : null}
      <Looked diagnosis={diagnosis} />
    </div>
  );
}

/** What becomes of the packets of the way that was asked about. */
function AboutWay({ asked }: { readonly asked: Diagnosis['asked'] }): ReactNode {
  if (asked === undefined) return null;
  if (asked.failure !== null) return <p className="dock-warning selectable">{asked.failure}</p>;
  if (asked.about === null) return null;
  const tone = { arrives: 'ok', stops: 'bad', unknown: 'warn' }[asked.about.way];
  return (
    <p className="finding-way selectable" data-testid="finding-way">
      <span className={`dot ${tone}`} aria-hidden="true" /> {asked.about.sentence}
    </p>
  );
}

function Waiting({ sentence }: { readonly sentence: string | null }): ReactNode {
  return (
    <div className="dock-tab findings">
      <div className="findings-bar">
        <PodsLookBar />
      </div>
      <div className="empty">{sentence ?? findingsStrings.waiting}</div>
    </div>
  );
}

function Sum({ findings }: { readonly findings: readonly Finding[] }): ReactNode {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (findings.length === 0)
    return (
      <p className="findings-sum" role="status" data-testid="findings-none">
        <span className="dot ok" aria-hidden="true" /> {findingsStrings.none}
      </p>
    );
  return (
    <p className="findings-sum" role="status">
      <span className={`dot ${errors > 0 ? 'bad' : 'warn'}`} aria-hidden="true" />{' '}
      {findingsStrings.wrong(errors, findings.length - errors)}
    </p>
  );
}

/** Of which moment it is: what has changed since may be a fault that is not in it. */
function AskedAt(): ReactNode {
  const { at, of } = useFindings();
  const topology = useTopology((state) => state.topology);
  return (
    <span className="faint" data-testid="findings-as-of">
      {findingsStrings.asOf(clockText(at), topology !== of)}
    </span>
  );
}

function FindingItem({ finding, open }: { readonly finding: Finding; readonly open: boolean }): ReactNode {
  const { id, severity, confidence, title, because, consequences, onPath, fits } = finding;
  const Icon = open ? ChevronDown : ChevronRight;
  const toggle = (): void => {
    openFinding(open ? '' : findingKey(finding));
  };
  // Whoever reads in the one that is open by itself keeps it, though another one comes before it.
  const keep = (): void => {
    openFinding(findingKey(finding));
  };
  return (
    <li className={`finding ${severity}`} data-testid={`finding-${id}`}>
      <div className="finding-head" onClick={toggle}>
        <span className={`dot ${severity === 'error' ? 'bad' : 'warn'}`} aria-hidden="true" />
        <span className="visually-hidden">{findingsStrings.severities[severity]}</span>
        <button
          type="button"
          className="finding-title"
          aria-expanded={open}
          onClick={(event) => {
            event.stopPropagation();
            toggle();
          }}
        >
          <Icon size={13} aria-hidden /> {title}
        </button>
        <Where finding={finding} />
        <Tag title={findingsStrings.confidenceTitles[confidence]}>
          {findingsStrings.confidences[confidence]}
        </Tag>
        {consequences.length === 0 ? null : (
          <span className="faint">{findingsStrings.consequences(consequences.length)}</span>
        )}
        {onPath === false ? (
          <Tag title={findingsStrings.elsewhereTitle}>{findingsStrings.elsewhere}</Tag>
        ) : null}
        <span className="finding-id mono faint">{id}</span>
      </div>
      <p className="finding-because selectable">{because}</p>
      {(fits ?? []).map(({ hint, said, fit, sentence }) =>
        fit === 'open' ? null : (
          <p key={hint} className={`finding-because selectable ${fit === 'contradicts' ? 'warn-ink' : ''}`}>
            “{said}”: {sentence}
          </p>
        ),
      )}
      {open ? (
        <div onPointerDown={keep} onFocus={keep}>
          <FindingDetail finding={finding} />
        </div>
      ) : null}
    </li>
  );
}

/** After the mend: what was wrong before stands beside what is. */
function Gone(): ReactNode {
  const gone = useFindings((state) => state.gone);
  if (gone.length === 0) return null;
  return (
    <section className="findings-gone" aria-label={findingsStrings.gone} data-testid="findings-gone">
      <h4>{findingsStrings.gone}</h4>
      <ul>
        {gone.map(({ finding, at }) => (
          <li key={findingKey(finding)}>
            <span className="dot ok" aria-hidden="true" /> {finding.title} <Where finding={finding} />{' '}
            <span className="faint">{findingsStrings.goneAt(clockText(at))}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Leads to what it is about. */
function Where({ finding: { where } }: { readonly finding: Finding }): ReactNode {
  const topology = useTopology((state) => state.topology);
  const target = topology === null ? null : subjectOf(topology, where);
  const words = [where.pod, where.interface, where.node].filter((word) => word !== null).join(' · ');
  if (target === null) return <span className="dim">{words === '' ? findingsStrings.whole : words}</span>;
  return (
    <button
      type="button"
      className="link mono"
      title={findingsStrings.show(words)}
      onClick={(event) => {
        event.stopPropagation();
        select(target);
      }}
    >
      {words}
    </button>
  );
}

/** What was looked for, and what could not be. */
function Looked({ diagnosis: { checked, skipped, awaits } }: { readonly diagnosis: Diagnosis }): ReactNode {
  const pasted = useSession(({ view }) => view.paste !== null);
  const words = [
    findingsStrings.checked(checked.length),
    ...(skipped.length === 0 ? [] : [findingsStrings.skipped(skipped.length)]),
  ].join(', ');
  return (
    <div className="findings-looked" data-testid="findings-looked">
      {awaits.length === 0 ? null : (
        <p>{(pasted ? findingsStrings.notPasted : findingsStrings.awaits)(awaits)}</p>
      )}
      {skipped.length === 0 ? (
        <p>{words}</p>
      ) : (
        <details>
          <summary>{words}</summary>
          <ul>
            {skipped.map(({ id, why }) => (
              <li key={id} className="selectable">
                <span className="mono">{id}</span> {why}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
