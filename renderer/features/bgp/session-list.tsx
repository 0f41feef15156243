import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useMemo, useRef } from 'react';
import type { NodeEntity } from '../../../app/topology/model.ts';
import { nodesSilentOnBgp } from '../../state/bgp-count.ts';
import { bgpHealth, bgpPeerName, bgpStateText, bgpTones } from '../../state/bgp-health.ts';
import { select, useSelection } from '../../state/selection.ts';
import { useSession } from '../../state/session.ts';
import { asOfText, staleStanding } from '../../state/standing.ts';
import { useTopology } from '../../state/topology.ts';
import { indexOf } from '../../state/topology-index.ts';
import { numberOrDash } from '../../state/text.ts';
import { Tag } from '../../ui/tag.tsx';
import { bgpStrings } from './strings.ts';

const ROW_HEIGHT = 27;

/** Every end of every session, a line each. */
export function SessionList(): ReactNode {
  const topology = useTopology((state) => state.topology);
  const standings = useSession((state) => state.standings);
  const selected = useSelection((state) => state.selected);
  const scroller = useRef<HTMLDivElement | null>(null);
  const sessions = useMemo(() => {
    if (topology === null) return [];
    const index = indexOf(topology);
    return index.nodes.flatMap((node) =>
      (index.bgpOf.get(node.id) ?? []).map((session) => ({ node, session })),
    );
  }, [topology]);
  const virtual = useVirtualizer({
    count: sessions.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  if (topology === null || sessions.length === 0) {
    const silent = topology === null ? [] : nodesSilentOnBgp(topology);
    return (
      <div className="empty">
        {silent.length === 0 ? bgpStrings.empty : bgpStrings.emptyButSilent}
        <SilentNodes nodes={silent} />
      </div>
    );
  }
  return (
    <div className="bgp-view" role="table" aria-label={bgpStrings.label} aria-rowcount={sessions.length + 1}>
      <div className="bgp-row bgp-head" role="row">
        {bgpStrings.columns.map((column) => (
          <span key={column} role="columnheader">
            {column}
          </span>
        ))}
      </div>
      <div ref={scroller} className="bgp-rows" role="rowgroup">
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
          {virtual.getVirtualItems().map((item) => {
            const entry = sessions[item.index];
            if (entry === undefined) return null;
            const { node, session } = entry;
            const standing = staleStanding(standings, node.label);
            const note = [session.stale, standing === null ? null : asOfText(standing)]
              .filter((part) => part !== null)
              .join(' · ');
            const pick = (): void => {
              select({ kind: 'bgp', id: session.id });
            };
            return (
              <div
                key={session.id}
                role="row"
                tabIndex={0}
                className={`bgp-row ${selected?.id === session.id ? 'selected' : ''} ${standing === null ? '' : 'old'}`}
                data-testid={`bgp-${node.label}-${session.name}`}
                style={{ position: 'absolute', insetInline: 0, top: item.start }}
                onClick={pick}
                onKeyDown={(event) => {
                  if (event.key === 'Enter' || event.key === ' ') pick();
                }}
              >
                <span role="cell">{node.label}</span>
                <span role="cell">{bgpPeerName(topology, session)}</span>
                <span role="cell" className="mono">
                  {session.name}
                </span>
                <span role="cell">
                  <Tag tone={standing === null ? bgpTones[bgpHealth(session)] : 'plain'}>
                    {bgpStateText(session)}
                  </Tag>
                </span>
                <span role="cell" className="mono dim">
                  {session.changed}
                </span>
                <span role="cell" className="mono number">
                  {numberOrDash(session.imported)}
                </span>
                <span role="cell" className="mono number">
                  {numberOrDash(session.exported)}
                </span>
                <span role="cell" className="dim truncate" title={note}>
                  {note}
                </span>
              </div>
            );
          })}
        </div>
      </div>
      <SilentNodes nodes={nodesSilentOnBgp(topology)} />
    </div>
  );
}

/** Sentences for more would push the sessions out of sight; each node's inspector has its own. */
const SILENT_SHOWN = 3;

function SilentNodes({ nodes }: { readonly nodes: readonly NodeEntity[] }): ReactNode {
  if (nodes.length === 0) return null;
  return (
    <ul className="bgp-silent" data-testid="bgp-silent">
      {nodes.slice(0, SILENT_SHOWN).map((node) => (
        <li key={node.id} className="truncate" title={node.bird.sentence ?? undefined}>
          <strong>{node.label}</strong> {node.bird.sentence ?? bgpStrings.unknown}
        </li>
      ))}
      {nodes.length > SILENT_SHOWN ? <li>{bgpStrings.moreSilent(nodes.length - SILENT_SHOWN)}</li> : null}
    </ul>
  );
}
