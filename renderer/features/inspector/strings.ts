import type { PeerProof } from '../../../app/topology/model.ts';

export const inspectorStrings = {
  firewall: 'Firewall',
  label: 'Inspector',
  hint: 'Select a node, a Pod, an interface or a BGP session.',
  cluster: 'Cluster',
  warnings: 'About the cluster',
  legend: 'In the graph',
  keys: 'Keys',
  keyHints: [
    ['Ctrl K', 'Find anything'],
    ['+  −  0', 'Zoom, fit'],
    ['← ↑ → ↓', 'Move the picture'],
    ['Shift ← ↑ → ↓', 'Move the selection'],
    ['Esc', 'Select nothing'],
    ['Ctrl Shift K', 'Leave a terminal'],
  ] as const,
  gone: 'This is no longer kept: it ended long ago.',
  commands: 'The commands behind this',
  noCommands: 'No command is recorded for this.',
  showOutput: 'output',
  hideOutput: 'hide',
  openInTerminal: 'in terminal',
  openInTerminalTitle: 'Opens a terminal on the node with the command typed, not run',
  outputGone: 'The output is no longer kept. It is read again with the next change.',
  truncated: 'Only the beginning is kept.',
  pidUnknown: 'PID: the oldest process of the namespace, not known here',
  history: 'Earlier under this name',
  unknowns: 'Not known',
  routes: 'Routes',
  rules: 'Policy rules',
  neighbours: 'Neighbours',
  cni: 'Pod network',
  cniUnknown: 'nothing tells',
  contradictions: 'Sources disagree',
  opaque: 'Not seen into',
  ended: (when: string): string => `ended ${when}`,
};

export const legend = [
  { look: 'veth', words: 'veth pair: a Pod and its host end' },
  { look: 'plate', words: 'the node’s routes to other nodes’ Pods' },
  { look: 'wire', words: 'a subnet that NICs share' },
  { look: 'bgp', words: 'BGP session, established' },
  { look: 'stale', words: 'stale: kept, no longer renewed' },
  { look: 'down', words: 'down, or cannot be reached' },
] as const;

export const proofWords: Record<PeerProof, string> = {
  'link-netnsid': 'link-netnsid',
  'mutual-ifindex': 'both ends’ ifindex',
  'calico-name-hash': 'name hash ✓',
  'bridge-fdb': 'bridge’s table',
  'host-route': 'host route',
};
