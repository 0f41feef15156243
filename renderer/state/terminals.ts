// The open terminals. Graph, tree and inspector open them; the dock shows them.
import { create } from 'zustand';
import type { TerminalTarget } from '../../app/contract/terminal.ts';
import { showDock } from './ui.ts';

export interface TerminalTab {
  readonly key: string;
  readonly target: TerminalTarget;
  /** What the tab says until main has told the title. */
  readonly title: string;
  /** Typed once the shell is ready, without Enter: the operator decides. */
  readonly typed: string | null;
  readonly state: 'opening' | 'open' | 'ended';
  /** Why it ended; null while it lives. */
  readonly sentence: string | null;
  /** The command main ran to get this shell, as one could type it. */
  readonly command: string | null;
}

interface TerminalsState {
  readonly tabs: readonly TerminalTab[];
  readonly active: string | null;
}

export const useTerminals = create<TerminalsState>(() => ({ tabs: [], active: null }));

let lastKey = 0;

export function openTerminal(target: TerminalTarget, title: string, typed: string | null = null): void {
  lastKey += 1;
  const key = `terminal-${String(lastKey)}`;
  const tab: TerminalTab = { key, target, title, typed, state: 'opening', sentence: null, command: null };
  useTerminals.setState((state) => ({ tabs: [...state.tabs, tab], active: key }));
  showDock('terminals');
}

export function updateTerminal(key: string, change: Partial<Omit<TerminalTab, 'key'>>): void {
  useTerminals.setState((state) => ({
    tabs: state.tabs.map((tab) => (tab.key === key ? { ...tab, ...change } : tab)),
  }));
}

export function activateTerminal(active: string): void {
  useTerminals.setState({ active });
}

/** Takes the tab away; its view closes the stream and tells main. The neighbour becomes active. */
export function closeTerminal(key: string): void {
  useTerminals.setState((state) => {
    const index = state.tabs.findIndex((tab) => tab.key === key);
    const tabs = state.tabs.filter((tab) => tab.key !== key);
    const neighbour = tabs[Math.min(index, tabs.length - 1)]?.key ?? null;
    return { tabs, active: state.active === key ? neighbour : state.active };
  });
}

/** A command that can be typed without running anything: one line, no control characters. */
export function isTypable(command: string): boolean {
  return !/[\u0000-\u001f\u007f-\u009f]/.test(command);
}
