// One hop: where, in and out, what decided; opened, all its steps with rules, what was presumed, and what one types to see the same.
import { type ReactNode, useEffect, useRef } from 'react';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { plainLines } from '../../../app/plain-text.ts';
import type { TraceHop, TracePath, TraceRoute, TraceStep } from '../../../app/trace/model.ts';
import type { ObservedPlace } from '../../state/observed.ts';
import { ownerOf } from '../../state/route-owner.ts';
import { select, type Selection } from '../../state/selection.ts';
import { evidenceOf, podOfNamespace } from '../../state/topology-index.ts';
import { useTopology } from '../../state/topology.ts';
import { showDock } from '../../state/ui.ts';
import { EvidenceActions } from '../../ui/evidence-actions.tsx';
import { Tag } from '../../ui/tag.tsx';
import { TypedCommand } from '../../ui/typed-command.tsx';
import { carrierOf } from './between-hops.ts';
import { HopRules } from './hop-rules.tsx';
import { SeenHere } from './observed.tsx';
import { traceStrings } from './strings.ts';
import './hop-steps.css';

export function HopRow({
  hop,
  number,
  seen,
  ends,
  open,
  toggle,
}: {
  readonly hop: TraceHop;
  readonly number: number;
  /** At its interfaces, while a watch runs. */
  readonly seen: readonly ObservedPlace[];
  /** The path, if it ends here. */
  readonly ends: TracePath | null;
  readonly open: boolean;
  readonly toggle: () => void;
}): ReactNode {
  const tone = ends === null ? 'passes' : ends.verdict;
  const Icon = open ? ChevronDown : ChevronRight;
  const stops = ends !== null && ends.verdict !== 'delivered';
  const misses = seen.some(({ missing }) => missing);
  const row = useRef<HTMLLIElement | null>(null);
  // Where it stops is what one asked for: it is not left below the edge, nor pushed there by what a watch begins to say. Once: the same
  // answer again moves nobody who reads on.
  const stopsAt = stops || misses ? `${hop.netnsId} ${hop.because} ${String(seen.length)}` : null;
  useEffect(() => {
    if (stopsAt !== null) row.current?.scrollIntoView({ block: 'nearest' });
  }, [stopsAt]);
  // Its steps are many: they begin at the top.
  useEffect(() => {
    if (open) row.current?.scrollIntoView({ block: 'start' });
  }, [open]);
  return (
    <li
      ref={row}
      className={`path-hop ${tone} ${misses ? 'misses' : ''} ${carrierOf(hop.packet) === null ? '' : 'carried'}`}
      data-testid={`trace-hop-${String(number)}`}
      data-action={hop.action}
    >
      <div
        className="path-hop-row"
        onClick={() => {
          // Whoever marks an address to copy it wants nothing opened.
          if (document.getSelection()?.isCollapsed !== false) toggle();
        }}
      >
        <span className="path-number" aria-hidden="true">
          {number}
        </span>
        <span className="path-place">
          <Place hop={hop} />
          <span className="faint"> {traceStrings.actions[hop.action]}</span>
        </span>
        <span className="path-in-out mono">
          <Device name={hop.ingress} id={hop.ingressId} /> <span className="faint">→</span>{' '}
          {hop.egress === null && hop.action !== 'deliver' ? (
            <span className="faint">–</span>
          ) : (
            <Device name={hop.egress} id={hop.egressId} />
          )}
          <SeenHere places={seen} />
        </span>
        <span className="path-why">
          {hop.route === null ? null : (
            <span className="mono selectable path-route">
              {hop.route.text} <Owner hop={hop} route={hop.route} />
            </span>
          )}
          <span className={`path-because selectable ${stops ? 'path-reason' : 'dim'}`}>
            {stops ? (
              <strong>{ends.verdict === 'unknown' ? traceStrings.unknownHere : traceStrings.stops} </strong>
            ) : null}
            {hop.because}
          </span>
          <Accepted steps={hop.steps} />
        </span>
        <button
          type="button"
          className="path-more"
          aria-expanded={open}
          aria-label={`${traceStrings.hop(number, hop.place)}: ${traceStrings.steps(hop.steps.length)}`}
          onClick={(event) => {
            event.stopPropagation();
            toggle();
          }}
        >
          <Icon size={13} aria-hidden /> {traceStrings.steps(hop.steps.length)}
        </button>
      </div>
      {open ? (
        <ol className="path-steps">
          {hop.steps.map((step, at) => (
            <Step key={`${step.stage} ${String(at)}`} step={step} hop={hop} />
          ))}
        </ol>
      ) : null}
    </li>
  );
}

/** Leads to the Pod or the node, whose routes the inspector shows. */
function Place({ hop }: { readonly hop: TraceHop }): ReactNode {
  const podId = useTopology(({ topology }) =>
    topology === null ? null : podOfNamespace(topology, hop.netnsId),
  );
  const target: Selection = podId === null ? { kind: 'node', id: hop.nodeId } : { kind: 'pod', id: podId };
  return <To target={target}>{hop.place}</To>;
}

function To({
  target,
  title,
  children,
}: {
  readonly target: Selection;
  readonly title?: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <button
      type="button"
      className="link"
      title={title}
      onClick={(event) => {
        event.stopPropagation();
        select(target);
      }}
    >
      {children}
    </button>
  );
}

function Device({ name, id }: { readonly name: string | null; readonly id: string | null }): ReactNode {
  if (name === null) return <span className="faint path-socket">{traceStrings.socket}</span>;
  return id === null ? <span>{name}</span> : <To target={{ kind: 'interface', id }}>{name}</To>;
}

/** Who installed the route; one of BIRD's leads to the session that it came by. */
function Owner({ hop, route }: { readonly hop: TraceHop; readonly route: TraceRoute }): ReactNode {
  const topology = useTopology((state) => state.topology);
  if (topology === null) return null;
  const { proto, table } = route;
  const { owner, text, session, bgp } = ownerOf(
    topology,
    { id: hop.nodeId },
    { proto, table, type: 'unicast', via: hop.nextHop },
  );
  if (owner === 'unknown') return null;
  const tag = (
    <Tag tone={bgp ? 'bgp' : 'plain'} title={route.owner}>
      {text}
    </Tag>
  );
  if (session === null) return tag;
  return (
    <button
      type="button"
      className="link"
      title={`${route.owner}. ${traceStrings.bgp}`}
      onClick={(event) => {
        event.stopPropagation();
        select({ kind: 'bgp', id: session.id });
        showDock('bgp');
      }}
    >
      {tag}
    </button>
  );
}

/** What the filters were for: the chains that let it pass. */
function Accepted({ steps }: { readonly steps: readonly TraceStep[] }): ReactNode {
  const chains = [
    ...new Set(
      steps
        .filter(({ outcome }) => outcome === 'passes')
        .flatMap(({ rules }) =>
          rules.filter(({ did }) => did.startsWith('accept')).map(({ table, chain }) => `${table} ${chain}`),
        ),
    ),
  ];
  if (chains.length === 0) return null;
  return (
    <span className="path-accepted faint selectable">
      {traceStrings.accepted} <span className="mono">{chains.join(', ')}</span>
    </span>
  );
}

function Step({ step, hop }: { readonly step: TraceStep; readonly hop: TraceHop }): ReactNode {
  const { stage, device, outcome, sentence, route, rules, rewrote, quote, presumed, command, evidence } =
    step;
  return (
    <li className={`path-step ${outcome}`}>
      <span className="path-stage">
        {traceStrings.stages[stage]}
        {device === null ? null : <span className="mono faint"> {device}</span>}
      </span>
      <div className="path-step-body">
        <p className="selectable">{sentence}</p>
        {route === null || route.rule === null ? null : (
          <p className="mono faint selectable">{traceStrings.rule(route.rule)}</p>
        )}
        {rewrote === null ? null : (
          <p className="selectable">
            <span className="faint">{traceStrings.rewrote}</span> <span className="mono">{rewrote}</span>
          </p>
        )}
        {rules.length === 0 ? null : <HopRules rules={rules} node={hop.node} inPod={hop.isPod} />}
        {presumed.map((each) => (
          <p key={each} className="path-presumed selectable">
            <span>{traceStrings.presumed}</span> {each}
          </p>
        ))}
        {quote === null ? null : <code className="path-quote selectable">{quote}</code>}
        {command === null ? null : <TypedCommand command={command} node={hop.node} />}
        <RestsOn ids={evidence} />
      </div>
    </li>
  );
}

/** The outputs that a step was reckoned from. */
function RestsOn({ ids }: { readonly ids: readonly string[] }): ReactNode {
  const known = useTopology((state) => state.held?.evidence);
  const heads = known === undefined ? [] : evidenceOf(known, ids);
  if (heads.length === 0) return null;
  return (
    <details className="path-rests-on">
      <summary>{traceStrings.restsOn(heads.length)}</summary>
      {heads.map(({ id, command, nodeLabel }) => (
        <div key={id}>
          <span className="dim">{nodeLabel}</span> <code className="selectable">{plainLines(command)}</code>
          <EvidenceActions command={command} node={nodeLabel} id={id} />
        </div>
      ))}
    </details>
  );
}
