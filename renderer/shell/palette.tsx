import { Dialog as RadixDialog } from 'radix-ui';
import { type KeyboardEvent, type ReactNode, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { Box, CornerDownLeft, EthernetPort, Server, Waypoints } from 'lucide-react';
import { openClusterFile } from '../state/open-cluster.ts';
import { select } from '../state/selection.ts';
import { useSession } from '../state/session.ts';
import { openTerminal } from '../state/terminals.ts';
import { useTopology } from '../state/topology.ts';
import { indexOf } from '../state/topology-index.ts';
import { chooseTheme, openPalette, setCollapsed, showDock, useUi } from '../state/ui.ts';
import { chosenItem, type PaletteItem, searchItems, thingsOf } from './palette-items.ts';
import { dockTabs } from './dock-tabs.ts';
import { shellStrings } from './strings.ts';

const icons = { node: Server, pod: Box, interface: EthernetPort, bgp: Waypoints, action: CornerDownLeft };

export function Palette(): ReactNode {
  const open = useUi((state) => state.paletteOpen);
  const hasSession = useSession((state) => state.view.nodes.length > 0);
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent): void => {
      if (
        event.key.toLowerCase() !== 'k' ||
        !(event.metaKey || event.ctrlKey) ||
        event.altKey ||
        event.shiftKey
      )
        return;
      // In a shell Ctrl+K cuts a line; there it stays the shell's.
      if (event.ctrlKey && event.target instanceof Element && event.target.closest('.xterm') !== null) return;
      event.preventDefault();
      openPalette(!useUi.getState().paletteOpen);
    };
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => {
      window.removeEventListener('keydown', onKeyDown, { capture: true });
    };
  }, []);
  return (
    <RadixDialog.Root open={open && hasSession} onOpenChange={openPalette}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="scrim" />
        <RadixDialog.Content className="palette" aria-describedby={undefined} data-testid="palette">
          <RadixDialog.Title className="visually-hidden">{shellStrings.palette}</RadixDialog.Title>
          <PaletteBody />
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

function PaletteBody(): ReactNode {
  const topology = useTopology((state) => state.topology);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const sought = useDeferredValue(query);
  const actions = useActions();
  const items = useMemo(
    () => [...(topology === null ? [] : thingsOf(topology)), ...actions.map((action) => action.item)],
    [topology, actions],
  );
  const hits = useMemo(() => searchItems(items, sought), [items, sought]);
  const chosen = Math.min(at, hits.length - 1);
  const run = (item: PaletteItem | undefined): void => {
    if (item === undefined) return;
    openPalette(false);
    if (item.selects !== null) {
      select(item.selects);
      setCollapsed('inspector', false);
    }
    actions.find((action) => action.item.action === item.action)?.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && hits.length > 0) {
      event.preventDefault();
      setAt((chosen + step + hits.length) % hits.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(chosenItem(items, query, at));
    }
  };
  return (
    <>
      <input
        className="palette-input"
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${String(chosen)}`}
        aria-label={shellStrings.palette}
        placeholder={shellStrings.paletteHint}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" className="palette-list" role="listbox" aria-label={shellStrings.palette}>
        {hits.length === 0 ? <p className="dim palette-empty">{shellStrings.nothing}</p> : null}
        {hits.map((item, index) => (
          <PaletteRow
            key={item.key}
            item={item}
            index={index}
            chosen={index === chosen}
            onRun={() => {
              run(item);
            }}
          />
        ))}
      </div>
    </>
  );
}

function PaletteRow({
  item,
  index,
  chosen,
  onRun,
}: {
  readonly item: PaletteItem;
  readonly index: number;
  readonly chosen: boolean;
  readonly onRun: () => void;
}): ReactNode {
  const Icon = icons[item.kind];
  return (
    <div
      id={`palette-${String(index)}`}
      ref={(element) => {
        if (chosen) element?.scrollIntoView({ block: 'nearest' });
      }}
      className="palette-row"
      role="option"
      aria-selected={chosen}
      onClick={onRun}
    >
      <Icon size={14} aria-hidden className={item.kind} />
      <span className={item.kind === 'interface' ? 'mono' : 'truncate'}>{item.title}</span>
      <span className="palette-aside mono faint truncate">{item.aside}</span>
    </div>
  );
}

interface Action {
  readonly item: PaletteItem;
  readonly run: () => void;
}

function useActions(): readonly Action[] {
  const topology = useTopology((state) => state.topology);
  const isPaste = useSession((state) => state.view.paste !== null);
  return useMemo(() => {
    const action = (name: string, title: string, run: () => void): Action => ({
      item: { key: `action:${name}`, kind: 'action', title, aside: '', selects: null, action: name },
      run,
    });
    const nodes = topology === null || isPaste ? [] : indexOf(topology).nodes;
    const terminals = nodes.map((node) =>
      action(`terminal:${node.label}`, shellStrings.terminalOn(node.label), () => {
        openTerminal({ kind: 'node', nodeLabel: node.label }, node.label);
      }),
    );
    return [
      ...dockTabs(isPaste).map((tab) =>
        action(`tab:${tab}`, shellStrings.showTab(shellStrings.tabs[tab]), () => {
          showDock(tab);
        }),
      ),
      action('open', shellStrings.openFile, () => {
        void openClusterFile();
      }),
      action('dark', 'Dark theme', () => {
        chooseTheme('dark');
      }),
      action('light', 'Light theme', () => {
        chooseTheme('light');
      }),
      action('system', 'Theme of the system', () => {
        chooseTheme('system');
      }),
      ...terminals,
    ];
  }, [topology, isPaste]);
}
