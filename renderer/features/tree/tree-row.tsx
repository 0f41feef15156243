import type { ReactNode } from 'react';
import { Box, Cable, ChevronDown, ChevronRight, EthernetPort, Waypoints } from 'lucide-react';
import type { Selection } from '../../state/selection.ts';
import { findingsById, useFindings } from '../../state/findings.ts';
import { findingStrings } from '../../state/finding-strings.ts';
import { useNow } from '../../state/clock.ts';
import { useTopology } from '../../state/topology.ts';
import { StateDot } from '../../ui/dot.tsx';
import { lastReadText } from '../../state/standing.ts';
import { statusText } from '../../state/status-text.ts';
import type { NodeStatus } from '../../../app/contract/session.ts';
import type { TreeRow } from './row.ts';
import { treeStrings } from './strings.ts';

export interface TreeRowViewProps {
  readonly id: string;
  readonly row: TreeRow;
  readonly top: number;
  readonly selected: boolean;
  readonly focused: boolean;
  readonly onPress: (row: TreeRow) => void;
  readonly onToggle: (key: string) => void;
  readonly onMenu: (target: Selection, x: number, y: number) => void;
}

export function TreeRowView({
  id,
  row,
  top,
  selected,
  focused,
  onPress,
  onToggle,
  onMenu,
}: TreeRowViewProps): ReactNode {
  if (row.kind === 'heading') {
    return (
      <div className="tree-heading" role="presentation" style={{ transform: `translateY(${String(top)}px)` }}>
        {row.label}
      </div>
    );
  }
  return (
    <div
      id={id}
      className={`tree-row kind-${row.kind} tone-${row.tone} ${selected ? 'selected' : ''} ${focused ? 'focused' : ''} ${row.dimmed ? 'dimmed' : ''}`}
      role="treeitem"
      aria-level={row.level}
      aria-selected={selected}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      {...(row.open === null ? {} : { 'aria-expanded': row.open })}
      data-testid={row.testId}
      title={row.tooltip}
      style={{
        transform: `translateY(${String(top)}px)`,
        paddingLeft: `${String(4 + (row.level - 1) * 15)}px`,
      }}
      onClick={() => {
        onPress(row);
      }}
      onDoubleClick={() => {
        if (row.open !== null) onToggle(row.key);
      }}
      onContextMenu={(event) => {
        event.preventDefault();
        event.stopPropagation();
        onPress(row);
        if (row.selects !== null) onMenu(row.selects, event.clientX, event.clientY);
      }}
    >
      <Chevron row={row} onToggle={onToggle} />
      <RowIcon row={row} />
      <span className="tree-label truncate">{row.label}</span>
      {row.status === null ? null : <StatusTag label={row.label} status={row.status} />}
      {row.kind === 'node' && row.remark !== '' ? (
        <span className={`tree-remark ${row.tone}`}>{row.remark}</span>
      ) : null}
      <span className="tree-aside">{row.aside}</span>
      {row.kind === 'pod' && row.remark !== '' ? (
        <span className={`dot ${row.tone}`} title={row.remark} />
      ) : null}
      {row.remark === '' ? null : <span className="visually-hidden">{row.remark}</span>}
      {row.selects === null ? null : <FindingDot id={row.selects.id} />}
    </div>
  );
}

/** That something is wrong with it, and what, on its row. */
function FindingDot({ id }: { readonly id: string }): ReactNode {
  const diagnosis = useFindings((state) => state.diagnosis);
  const topology = useTopology((state) => state.topology);
  if (diagnosis === null || topology === null) return null;
  const findings = findingsById(topology)(diagnosis).get(id) ?? [];
  if (findings.length === 0) return null;
  const text = findingStrings.about(findings.map(({ title }) => title));
  const isError = findings.some(({ severity }) => severity === 'error');
  return (
    <span className={`tree-finding dot ${isError ? 'bad' : 'warn'}`} title={text} data-testid="tree-finding">
      <span className="visually-hidden">{text}</span>
    </span>
  );
}

function Chevron({
  row,
  onToggle,
}: {
  readonly row: TreeRow;
  readonly onToggle: (key: string) => void;
}): ReactNode {
  if (row.open === null) return <span className="tree-chevron" />;
  const Icon = row.open ? ChevronDown : ChevronRight;
  return (
    <span
      className="tree-chevron"
      aria-hidden="true"
      onClick={(event) => {
        event.stopPropagation();
        onToggle(row.key);
      }}
    >
      <Icon size={12} />
    </span>
  );
}

function RowIcon({ row }: { readonly row: TreeRow }): ReactNode {
  switch (row.kind) {
    case 'node':
      return row.status === null ? <span className="dot" /> : <StateDot state={row.status.state} />;
    case 'pod':
      return <Box className="tree-icon" size={13} aria-hidden />;
    case 'bgp':
      return <Waypoints className="tree-icon" size={13} aria-hidden />;
    case 'interface':
      return row.level === 3 ? (
        <Cable className="tree-icon" size={12} aria-hidden />
      ) : (
        <EthernetPort className="tree-icon" size={12} aria-hidden />
      );
    case 'heading':
      return null;
  }
}

function StatusTag({ label, status }: { readonly label: string; readonly status: NodeStatus }): ReactNode {
  const connected = status.state === 'connected';
  return (
    <span
      className={connected ? 'visually-hidden' : `tree-status ${status.state}`}
      data-testid={`node-status-${label}`}
      data-state={status.state}
    >
      {connected ? treeStrings.connected : <AgeingStatus status={status} />}
    </span>
  );
}

function AgeingStatus({ status }: { readonly status: NodeStatus }): ReactNode {
  const now = useNow();
  // A node that is waited for has its next try beside the graph; here one reads rows and asks how old they are.
  const read = status.state === 'waiting' && status.lastFactsAt !== null;
  return read ? lastReadText(status, now) : statusText(status, now);
}
