// Where in the window one sees what a command told: the view that is made of it.
import type { Topology } from '../../app/topology/model.ts';
import { showFirewall } from './firewall.ts';
import { select } from './selection.ts';
import { indexOf } from './topology-index.ts';
import { showDock } from './ui.ts';

export type EvidenceView = 'firewall' | 'bgp' | 'drops' | 'node';

/** By the tool that was run; nsenter and options before it do not matter. The first that fits. */
const tools: readonly (readonly [RegExp, EvidenceView])[] = [
  [/\b(?:ip6?tables(?:-legacy|-nft)?-save|nft|ipset|ipvsadm)\b/, 'firewall'],
  [/\bbirdcl?6?\b/, 'bgp'],
  [/\/proc\/(?:\d+\/)?net\/(?:snmp6?|netstat|dev|softnet_stat|stat\/)/, 'drops'],
  [/\bip (?:-\S+ )*(?:route|rule|neigh|addr|link)\b|\/proc\/sys\/net\//, 'node'],
];

/** Null: nothing in the window is made of it alone. */
export function evidenceView(command: string): EvidenceView | null {
  return tools.find(([tool]) => tool.test(command))?.[1] ?? null;
}

/** @param node its label. */
export function showEvidenceIn(view: EvidenceView, node: string, topology: Topology | null): void {
  const home = topology === null ? undefined : indexOf(topology).nodeByLabel.get(node);
  if (home !== undefined) select({ kind: 'node', id: home.id });
  if (view === 'firewall') showFirewall(node);
  else if (view !== 'node') showDock(view);
}
