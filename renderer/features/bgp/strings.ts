import type { PrefixFate } from '../../../app/topology/prefix-fates.ts';
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
  prefixes: 'Prefixes',
  compare: 'Compare both sides',
  compareAgain: 'Compare again',
  asking: 'Asking both sides…',
  compareHint:
    'What each side advertises, beside what the other took, refused and installed. BIRD is asked now.',
  noPrefixes: (from: string): string => `${from} advertises nothing.`,
  morePrefixes: (count: number): string => `and ${String(count)} more`,
  fates: {
    installed: 'installed',
    second: 'another is better',
    'not-in-kernel': 'not in the kernel',
    refused: 'refused by filter',
    missing: 'not taken',
    'left-over': 'no longer advertised',
    unknown: 'not known',
  } satisfies Record<PrefixFate, string>,
  fateTitles: {
    installed: 'Advertised, taken, the best there, and in that node’s kernel.',
    second: 'Advertised and taken; that node has a better route to it.',
    'not-in-kernel': 'Advertised, taken and the best in BIRD, but that node’s kernel has no such route.',
    refused: 'Advertised; the other side’s import filter refuses it.',
    missing: 'Advertised; the other side does not have it, and does not tell why.',
    'left-over': 'The other side has it from here, though it is not advertised (any more).',
    unknown: 'Advertised; what became of it is not known.',
  } satisfies Record<PrefixFate, string>,
  gap: 'gap',
  moreOdd: (count: number): string => `and ${String(count)} more that should be up and are not`,
};

export function verdictTone(verdict: BgpMatrixPair['verdict'], wrong: boolean): TagTone {
  if (!wrong) return verdict === 'established' ? 'bgp' : 'plain';
  return verdict === 'established' || verdict === 'stale' || verdict === 'flapping' ? 'warn' : 'bad';
}

export function fateTone(fate: PrefixFate): TagTone {
  if (fate === 'installed') return 'bgp';
  return fate === 'second' || fate === 'unknown' ? 'plain' : 'warn';
}
