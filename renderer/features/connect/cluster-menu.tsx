import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { ChevronDown, FolderOpen, RotateCw } from 'lucide-react';
import type { NodeStatus } from '../../../app/contract/session.ts';
import { useNow } from '../../state/clock.ts';
import { openClusterFile } from '../../state/open-cluster.ts';
import { retryNode } from '../../state/retry-node.ts';
import { countConnected, useSession } from '../../state/session.ts';
import { statusText } from '../../state/status-text.ts';
import { StateDot } from '../../ui/dot.tsx';
import { connectStrings } from './strings.ts';
import './connect.css';

/** A chip shows each node's dot up to this many; then the counts alone. */
const DOTS_SHOWN = 10;

export function ClusterMenu(): ReactNode {
  const view = useSession((state) => state.view);
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>
        <button type="button" className="button cluster-chip" data-testid="cluster-menu">
          <span className="cluster-dots">
            {view.nodes.length <= DOTS_SHOWN
              ? view.nodes.map((node) => <StateDot key={node.label} state={node.state} />)
              : null}
          </span>
          <span className="truncate">{view.cluster ?? connectStrings.cluster}</span>
          <span className="dim" data-testid="connected-count">
            {view.paste === null
              ? connectStrings.connected(countConnected(view), view.nodes.length)
              : connectStrings.notLive}
          </span>
          <ChevronDown size={13} aria-hidden />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu cluster-menu" align="start" sideOffset={5}>
          <div className="cluster-nodes">
            {view.nodes.map((node) => (
              <ClusterNode key={node.label} node={node} />
            ))}
          </div>
          <DropdownMenu.Separator className="menu-separator" />
          {view.clusterFile === null ? null : <div className="cluster-file mono">{view.clusterFile}</div>}
          <DropdownMenu.Item
            className="menu-item"
            onSelect={() => {
              void openClusterFile();
            }}
          >
            <FolderOpen size={14} aria-hidden /> {connectStrings.openFile}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function ClusterNode({ node }: { readonly node: NodeStatus }): ReactNode {
  const now = useNow();
  const well = node.state === 'connected';
  const body = (
    <>
      <StateDot state={node.state} />
      <span className="cluster-node-text">
        <span className="cluster-node-head">
          <strong>{node.label}</strong>
          <span className="mono faint">{node.address}</span>
          <span className="dim">{statusText(node, now)}</span>
        </span>
        {node.sentence === null ? null : <span className="dim">{node.sentence}</span>}
        {node.limits.map((limit) => (
          <span key={limit} className="faint">
            {limit}
          </span>
        ))}
      </span>
    </>
  );
  if (well || node.state === 'connecting') return <div className="menu-item cluster-node">{body}</div>;
  return (
    <DropdownMenu.Item
      className="menu-item cluster-node"
      onSelect={(event) => {
        event.preventDefault();
        retryNode(node.label);
      }}
    >
      {body}
      <span className="button small">
        <RotateCw size={12} aria-hidden /> {connectStrings.retry}
      </span>
    </DropdownMenu.Item>
  );
}
