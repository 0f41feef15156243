// One session, both its sides beside each other: where they differ is where to look.
import type { ReactNode } from 'react';
import { plainLines } from '../../../app/plain-text.ts';
import type { BgpMatrixEnd, BgpMatrixPair } from '../../../app/topology/bgp-matrix-model.ts';
import { select } from '../../state/selection.ts';
import { nodeClockText, numberOrDash } from '../../state/text.ts';
import { useTopology } from '../../state/topology.ts';
import { evidenceOf } from '../../state/topology-index.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Detail } from '../../ui/detail.tsx';
import { Tag } from '../../ui/tag.tsx';
import { PrefixExchange } from './prefix-exchange.tsx';
import { bgpStrings, verdictTone } from './strings.ts';

export function PairDetail({
  pair,
  onClose,
}: {
  readonly pair: BgpMatrixPair;
  readonly onClose: () => void;
}): ReactNode {
  const { sides, ends, verdict, wrong, sentences } = pair;
  return (
    <Detail
      className="bgp-pair"
      testId="bgp-pair"
      back={bgpStrings.allSessions}
      onBack={onClose}
      head={
        <>
          <strong className="truncate">
            {sides[0].name} – {sides[1].name}
          </strong>
          <Tag tone={verdictTone(verdict, wrong)}>{verdict}</Tag>
        </>
      }
    >
      {sentences.length === 0 ? null : (
        <ul className="bgp-pair-said">
          {sentences.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      <table className="bgp-pair-ends selectable">
        <thead>
          <tr>
            <th scope="col" />
            {sides.map((side, at) => (
              <th key={side.name} scope="col">
                <EndTitle name={side.name} end={ends[at] ?? null} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {LINES.map(([name, text]) => {
            const said = ends.map((end) => (end === null ? null : text(end)));
            if (said.every((one) => one === null || one === '')) return null;
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                {said.map((one, at) => (
                  <td key={sides[at]?.name} className="mono">
                    {one ?? ''}
                  </td>
                ))}
              </tr>
            );
          })}
          <tr>
            <th scope="row">{bgpStrings.command}</th>
            {ends.map((end, at) => (
              <td key={sides[at]?.name}>{end === null ? null : <CommandBehind end={end} />}</td>
            ))}
          </tr>
        </tbody>
      </table>
      <PrefixExchange key={pair.id} pair={pair} />
    </Detail>
  );
}

function EndTitle({ name, end }: { readonly name: string; readonly end: BgpMatrixEnd | null }): ReactNode {
  if (end === null) return <span className="dim">{bgpStrings.noEnd(name)}</span>;
  return (
    <button
      type="button"
      className="link"
      title={bgpStrings.inspect}
      onClick={() => {
        select({ kind: 'bgp', id: end.sessionId });
      }}
    >
      {end.nodeLabel}
    </button>
  );
}

function CommandBehind({ end }: { readonly end: BgpMatrixEnd }): ReactNode {
  const evidence = useTopology((state) => state.held?.evidence);
  const [head] = evidence === undefined ? [] : evidenceOf(evidence, end.evidence);
  if (head === undefined) return null;
  return (
    <span className="bgp-pair-command">
      <code className="truncate" title={plainLines(head.command)}>
        {plainLines(head.command)}
      </code>
      <CopyButton text={head.command} label={bgpStrings.copyCommand} />
    </span>
  );
}

type Line = readonly [name: string, text: (end: BgpMatrixEnd) => string | null];

const LINES: readonly Line[] = [
  ['State', ({ state }) => state],
  ['Since', ({ since, sinceAt }) => (sinceAt === null ? since : `${nodeClockText(sinceAt)} UTC`)],
  ['Last error', ({ lastError }) => lastError],
  ['Protocol', ({ name, program }) => (program === 'gobgp' ? `${name} (GoBGP)` : name)],
  [
    'AS here → there',
    ({ localAs, neighbourAs }) => `${numberOrDash(localAs)} → ${numberOrDash(neighbourAs)}`,
  ],
  [
    'Address here → there',
    ({ localAddress, neighbourAddress }) => `${localAddress ?? '–'} → ${neighbourAddress ?? '–'}`,
  ],
  ['Peer’s router id', ({ neighbourId }) => neighbourId],
  [
    'Session',
    ({ session, reflects }) =>
      [
        ...session.filter((word) => word !== 'route-reflector'),
        ...(reflects ? ['the peer is its client'] : []),
      ].join(', '),
  ],
  ['Hold time left', ({ holdLeft, holdTime }) => timerText(holdLeft, holdTime)],
  ['Next keepalive', ({ keepaliveLeft, keepaliveTime }) => timerText(keepaliveLeft, keepaliveTime)],
  [
    'Kept routes go in',
    ({ restartLeft }) => (restartLeft === null ? null : `${String(Math.round(restartLeft))} s`),
  ],
  ['Routes taken', ({ imported }) => numberOrDash(imported)],
  ['… refused by filter', ({ filtered }) => (filtered === null ? null : String(filtered))],
  ['… the best of all', ({ preferred }) => (preferred === null ? null : String(preferred))],
  ['Routes advertised', ({ exported }) => numberOrDash(exported)],
  ['Peer’s capabilities', ({ capabilities }) => capabilities.neighbour.join(', ')],
  ['Lost in 10 min', ({ flaps }) => (flaps === 0 ? null : String(flaps))],
  ['Asked', ({ readAt }) => (readAt === null ? null : `${nodeClockText(readAt)} UTC`)],
];

function timerText(left: number | null, set: number | null): string | null {
  if (left === null && set === null) return null;
  return `${left === null ? '–' : String(Math.round(left))} of ${set === null ? '–' : String(Math.round(set))} s`;
}
