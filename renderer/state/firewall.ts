// Which node's firewall the dock shows, and which of its chains: others lead there.
import { create } from 'zustand';
import type { TableKey } from '../../app/firewall/firewall-model.ts';
import { showDock } from './ui.ts';

export interface ShownChain {
  readonly table: TableKey;
  readonly name: string;
}

interface FirewallState {
  /** Its label; null: the selected one, else the first there is. */
  readonly node: string | null;
  readonly chain: ShownChain | null;
}

export const useFirewall = create<FirewallState>(() => ({ node: null, chain: null }));

export function chooseFirewall(node: string): void {
  useFirewall.setState({ node, chain: null });
}

export function openChain(chain: ShownChain | null): void {
  useFirewall.setState({ chain });
}

export function showFirewall(node: string): void {
  chooseFirewall(node);
  showDock('firewall');
}
