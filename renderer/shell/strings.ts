import type { DockTab, Side, ThemeChoice } from '../state/ui.ts';

export const shellStrings = {
  palette: 'Find anything',
  find: 'Find',
  panels: 'Panels',
  show: (what: string): string => `Show ${what}`,
  hide: (what: string): string => `Hide ${what}`,
  sides: { tree: 'the tree', inspector: 'the inspector', dock: 'the dock' } satisfies Record<Side, string>,
  dock: 'What the dock shows',
  showTab: (tab: string): string => `Show ${tab}`,
  terminalOn: (node: string): string => `Terminal on ${node}`,
  noCaptures:
    'This was pasted: there is no connection on which packets could be captured. Pasted captures stand under Pasted.',
  noTerminals: 'This was pasted: there is no connection that a terminal could run on.',
  tabs: {
    packets: 'Packets',
    changes: 'Changes',
    bgp: 'BGP',
    drops: 'Drops',
    audit: 'Audit',
    etcd: 'etcd',
    firewall: 'Firewall',
    terminals: 'Terminals',
    pasted: 'Pasted',
  } satisfies Record<DockTab, string>,
  themes: { system: 'Theme: as the system', dark: 'Theme: dark', light: 'Theme: light' } satisfies Record<
    ThemeChoice,
    string
  >,
  openFile: 'Open a cluster file…',
  readOnly: 'read-only',
  readOnlyTitle: 'Hopscope changes nothing on your nodes',
  lost: 'The window has lost the session and is reconnecting…',
  paletteHint: 'Nodes, Pods, addresses, interfaces, BGP sessions, and what to do',
  nothing: 'Nothing matches.',
};
