// What one can do with a thing of the cluster, from the graph's and the tree's context menus alike.
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { Copy, Eye, SquareTerminal, Unplug } from 'lucide-react';
import type { Topology } from '../../app/topology/model.ts';
import { copyText } from '../state/clipboard.ts';
import { nodeIdOf } from '../state/selected-node.ts';
import { select, type Selection } from '../state/selection.ts';
import { useSession } from '../state/session.ts';
import { startWatch } from '../state/start-watch.ts';
import { openTerminal } from '../state/terminals.ts';
import { useTopology } from '../state/topology.ts';
import { wayOfInterface } from '../state/watch-way.ts';
import { askWhatIf, failureOf } from '../state/what-if.ts';
import { MenuAt, type MenuPlace } from './menu-at.tsx';
import { entityMenuStrings } from './strings.ts';

export interface MenuRequest extends MenuPlace {
  readonly target: Selection;
}

interface MenuEntry {
  readonly key: string;
  readonly text: string;
  readonly icon: ReactNode;
  readonly run: () => void;
}

export function EntityMenu({
  request,
  onClose,
}: {
  readonly request: MenuRequest | null;
  readonly onClose: () => void;
}): ReactNode {
  const topology = useTopology((state) => state.topology);
  const isPaste = useSession(({ view }) => view.paste !== null);
  if (request === null || topology === null) return null;
  const entries = entriesFor(topology, request.target, isPaste);
  return (
    <MenuAt at={request} onClose={onClose} label={entityMenuStrings.label} testId="entity-menu">
      {entries.map((entry) => (
        <DropdownMenu.Item key={entry.key} className="menu-item" onSelect={entry.run}>
          {entry.icon}
          <span className="truncate">{entry.text}</span>
        </DropdownMenu.Item>
      ))}
    </MenuAt>
  );
}

function entriesFor(topology: Topology, target: Selection, isPaste: boolean): MenuEntry[] {
  const inspect: MenuEntry = {
    key: 'inspect',
    text: entityMenuStrings.inspect,
    icon: null,
    run: () => {
      select(target);
    },
  };
  return [
    ...watchEntries(topology, target, isPaste),
    ...terminalEntries(topology, target),
    ...whatIfEntries(topology, target),
    ...copyEntries(topology, target),
    inspect,
  ];
}

/** A Pod is watched by selecting it. */
function watchEntries(topology: Topology, target: Selection, isPaste: boolean): MenuEntry[] {
  const subject = target.kind === 'interface' ? topology.interfaces[target.id] : undefined;
  const way = subject === undefined ? null : wayOfInterface(topology, subject, isPaste);
  if (way?.ok !== true) return [];
  const { pod } = way.value;
  const icon = <Eye size={14} aria-hidden />;
  const run = (): void => {
    select(target);
    startWatch(pod.id);
  };
  return [{ key: 'watch', text: entityMenuStrings.watch(pod.name), icon, run }];
}

function terminalEntries(topology: Topology, target: Selection): MenuEntry[] {
  const entries: MenuEntry[] = [];
  const icon = <SquareTerminal size={14} aria-hidden />;
  const pod = target.kind === 'pod' ? topology.pods[target.id] : undefined;
  if (pod?.until === null) {
    entries.push({
      key: 'pod-terminal',
      text: entityMenuStrings.terminalIn(pod.name),
      icon,
      run: () => {
        openTerminal({ kind: 'pod', podId: pod.id }, pod.name);
      },
    });
  }
  const nodeId = nodeIdOf(topology, target);
  const node = nodeId === null ? undefined : topology.nodes[nodeId];
  if (node?.until === null) {
    entries.push({
      key: 'node-terminal',
      text: entityMenuStrings.terminalOn(node.label),
      icon,
      run: () => {
        openTerminal({ kind: 'node', nodeLabel: node.label }, node.label);
      },
    });
  }
  return entries;
}

function whatIfEntries(topology: Topology, target: Selection): MenuEntry[] {
  const fails = failureOf(topology, target);
  if (fails === null) return [];
  const icon = <Unplug size={14} aria-hidden />;
  const run = (): void => {
    askWhatIf(fails);
  };
  return [{ key: 'what-if', text: entityMenuStrings.whatIf[fails.kind], icon, run }];
}

function copyEntries(topology: Topology, target: Selection): MenuEntry[] {
  // A node or a session may be called by its address.
  return [...new Set(copyables(topology, target))].map((text) => ({
    key: `copy-${text}`,
    text: entityMenuStrings.copy(text),
    icon: <Copy size={14} aria-hidden />,
    run: () => {
      copyText(text);
    },
  }));
}

function copyables(topology: Topology, target: Selection): string[] {
  switch (target.kind) {
    case 'node': {
      const node = topology.nodes[target.id];
      return node === undefined ? [] : [node.label, ...node.addresses.slice(0, 2)];
    }
    case 'pod': {
      const pod = topology.pods[target.id];
      return pod === undefined ? [] : [pod.name, ...pod.ips.slice(0, 2)];
    }
    case 'interface': {
      const each = topology.interfaces[target.id];
      return each === undefined
        ? []
        : [each.name, ...each.addresses.slice(0, 2).map(({ address }) => address)];
    }
    case 'bgp': {
      const session = topology.bgp[target.id];
      return session === undefined
        ? []
        : [session.name, ...((session.peerAddress ?? '') ? [session.peerAddress ?? ''] : [])];
    }
  }
}
