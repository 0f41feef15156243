import type { DockTab } from '../state/ui.ts';

const live: readonly DockTab[] = [
  'ladder',
  'packets',
  'flows',
  'path',
  'findings',
  'changes',
  'bgp',
  'drops',
  'firewall',
  'etcd',
  'audit',
  'terminals',
];
/** Of a paste: nothing can be captured, and no terminal or key read. */
const pasted: readonly DockTab[] = [
  'pasted',
  'path',
  'findings',
  'changes',
  'bgp',
  'drops',
  'firewall',
  'packets',
  'terminals',
];

/** The dock's tabs in their order. */
export function dockTabs(isPaste: boolean): readonly DockTab[] {
  return isPaste ? pasted : live;
}
