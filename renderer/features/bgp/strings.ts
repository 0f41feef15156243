import type { BgpMatrixPair } from '../../../app/topology/bgp-matrix-model.ts';
import type { TagTone } from '../../ui/tag.tsx';

export const bgpStrings = {
  label: 'BGP sessions',
  empty: 'No node reports a BGP session.',
  emptyButSilent: 'No BGP session is known, and not every node could be asked:',
  unknown: 'What BIRD does there is not known.',
  moreSilent: (count: number): string => `and ${String(count)} more nodes`,
  /** Pod networks as the nodes' signs name them. */
  emptyIn: (networks: string): string =>
    `No node reports a BGP session: the Pod network here is ${networks}.`,
  columns: {
    node: 'Node',
    peer: 'Peer',
    protocol: 'Protocol',
    state: 'State',
    since: 'Since, by its clock',
    imported: 'In',
    exported: 'Out',
    note: 'Note',
  },
  matrixLabel: (nodes: number): string =>
    `BGP matrix of ${String(nodes)} nodes: a row says what its node tells of its sessions. Arrow keys move, Enter opens a session.`,
  matrixHint:
    'A row is what its node says of its session with each other one. Point at a cell, or choose it.',
  reflectorMark: '◆',
  allSessions: 'All sessions',
  noEnd: (name: string): string => `${name}: nothing known`,
  inspect: 'Show it in the inspector, with the output behind it',
  command: 'Command',
  copyCommand: 'Copy the command',
  gap: 'gap',
  moreOdd: (count: number): string => `and ${String(count)} more that should be up and are not`,
};

export function verdictTone(verdict: BgpMatrixPair['verdict'], wrong: boolean): TagTone {
  if (!wrong) return verdict === 'established' ? 'bgp' : 'plain';
  return verdict === 'established' || verdict === 'stale' || verdict === 'flapping' ? 'warn' : 'bad';
}
