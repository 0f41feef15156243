import { type ReactNode, useMemo, useRef } from 'react';
import type { BgpSession, NodeEntity, Topology } from '../../../app/topology/model.ts';
import { cniWords } from '../../state/cni-words.ts';
import { nodesSilentOnBgp } from '../../state/bgp-count.ts';
import { bgpHealth, bgpPeerName, bgpStateText, bgpTones } from '../../state/bgp-health.ts';
import { select, useSelection } from '../../state/selection.ts';
import { useStaleStanding } from '../../state/session.ts';
import { asOfText } from '../../state/standing.ts';
import { useTopology } from '../../state/topology.ts';
import { indexOf } from '../../state/topology-index.ts';
import { numberOrDash } from '../../state/text.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { Tag } from '../../ui/tag.tsx';
import { VirtualRows } from '../../ui/virtual-rows.tsx';
import { bgpStrings } from './strings.ts';

const ROW_HEIGHT = 27;
const heads = bgpStrings.columns;
const columns: readonly Column[] = [
  { name: heads.node, width: '12%' },
  { name: heads.peer, width: '13%' },
  { name: heads.protocol, width: '16%' },
  { name: heads.state, width: '142px' },
  { name: heads.since, width: '112px' },
  { name: heads.imported, width: '52px', number: true },
  { name: heads.exported, width: '52px', number: true },
  { name: heads.note },
];

interface Entry {
  readonly node: NodeEntity;
  readonly session: BgpSession;
}

/** Every end of every session, a line each. */
export function SessionList(): ReactNode {
  const topology = useTopology((state) => state.topology);
  const scroller = useRef<HTMLDivElement | null>(null);
  const sessions = useMemo((): Entry[] => {
    if (topology === null) return [];
    const index = indexOf(topology);
    return index.nodes.flatMap((node) =>
      (index.bgpOf.get(node.id) ?? []).map((session) => ({ node, session })),
    );
  }, [topology]);
  if (topology === null || sessions.length === 0) {
    const silent = topology === null ? [] : nodesSilentOnBgp(topology);
    return (
      <div className="empty">
        {emptySentence(topology, silent)}
        <SilentNodes nodes={silent} />
      </div>
    );
  }
  return (
    <div className="bgp-view">
      <div ref={scroller} className="bgp-rows">
        <Table label={bgpStrings.label} columns={columns} rowCount={sessions.length}>
          <VirtualRows items={sessions} rowHeight={ROW_HEIGHT} columns={columns.length} scroller={scroller}>
            {(entry, rowIndex) => (
              <Row key={entry.session.id} topology={topology} entry={entry} rowIndex={rowIndex} />
            )}
          </VirtualRows>
        </Table>
      </div>
      <SilentNodes nodes={nodesSilentOnBgp(topology)} />
    </div>
  );
}

function Row({
  topology,
  entry: { node, session },
  rowIndex,
}: {
  readonly topology: Topology;
  readonly entry: Entry;
  readonly rowIndex: number;
}): ReactNode {
  const standing = useStaleStanding(node.label);
  const selected = useSelection((state) => state.selected?.id === session.id);
  const note = [session.stale, standing === null ? null : asOfText(standing)]
    .filter((part) => part !== null)
    .join(' · ');
  const pick = (): void => {
    select({ kind: 'bgp', id: session.id });
  };
  return (
    <tr
      aria-rowindex={rowIndex}
      aria-current={selected}
      className={`bgp-row opens ${selected ? 'selected' : ''} ${standing === null ? '' : 'old'}`}
      data-testid={`bgp-${node.label}-${session.name}`}
      onClick={pick}
    >
      <td className="truncate">{node.label}</td>
      <td className="truncate">
        <button
          type="button"
          className="link truncate"
          title={bgpStrings.inspect}
          onClick={(event) => {
            event.stopPropagation();
            pick();
          }}
        >
          {bgpPeerName(topology, session)}
        </button>
      </td>
      <td className="mono truncate" title={session.name}>
        {session.name}
      </td>
      <td className="truncate">
        <Tag tone={standing === null ? bgpTones[bgpHealth(session)] : 'plain'}>{bgpStateText(session)}</Tag>
      </td>
      <td className="mono dim truncate">{session.changed}</td>
      <td className="mono number">{numberOrDash(session.imported)}</td>
      <td className="mono number">{numberOrDash(session.exported)}</td>
      <td className="dim truncate" title={note}>
        {note}
      </td>
    </tr>
  );
}

/** A network that needs no BGP is no riddle. */
function emptySentence(topology: Topology | null, silent: readonly NodeEntity[]): string {
  if (silent.length > 0) return bgpStrings.emptyButSilent;
  const nodes = topology === null ? [] : indexOf(topology).nodes;
  const networks = [...new Set(nodes.flatMap(({ cni }) => cniWords(cni) ?? []))];
  return networks.length === 0 ? bgpStrings.empty : bgpStrings.emptyIn(networks.join(', '));
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
