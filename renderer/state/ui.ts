import { create } from 'zustand';
import { readRemembered, remember } from './remembered.ts';

export type ThemeChoice = 'system' | 'dark' | 'light';
export type DockTab =
  | 'ladder'
  | 'packets'
  | 'flows'
  | 'path'
  | 'findings'
  | 'changes'
  | 'bgp'
  | 'drops'
  | 'firewall'
  | 'etcd'
  | 'audit'
  | 'terminals'
  | 'pasted';
export type Side = 'tree' | 'inspector' | 'dock';

interface UiState {
  readonly theme: ThemeChoice;
  readonly dockTab: DockTab;
  readonly collapsed: Readonly<Record<Side, boolean>>;
  /** Nodes whose Pods are all shown in the graph instead of the first few. */
  readonly expandedNodes: ReadonlySet<string>;
  readonly paletteOpen: boolean;
  readonly toasts: readonly PageNotice[];
}

/** A notice of the page's own; main's come with the session's view. */
export interface PageNotice {
  readonly id: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly sentence: string;
  /** ms since the epoch. */
  readonly at: number;
}

const themes: readonly ThemeChoice[] = ['system', 'dark', 'light'];

export const useUi = create<UiState>(() => ({
  theme: readRemembered('theme', (value) => themes.find((theme) => theme === value)) ?? 'system',
  dockTab: 'changes',
  collapsed: { tree: false, inspector: false, dock: false },
  expandedNodes: new Set<string>(),
  paletteOpen: false,
  toasts: [],
}));

export function chooseTheme(theme: ThemeChoice): void {
  remember('theme', theme);
  useUi.setState({ theme });
}

export function showDock(dockTab: DockTab): void {
  useUi.setState((state) => ({ dockTab, collapsed: { ...state.collapsed, dock: false } }));
}

/** Changes what the dock shows, not whether one sees it. */
export function setDockTab(dockTab: DockTab): void {
  useUi.setState({ dockTab });
}

export function setCollapsed(side: Side, collapsed: boolean): void {
  useUi.setState((state) =>
    state.collapsed[side] === collapsed ? state : { collapsed: { ...state.collapsed, [side]: collapsed } },
  );
}

export function toggleExpanded(nodeId: string): void {
  useUi.setState((state) => {
    const expandedNodes = new Set(state.expandedNodes);
    if (!expandedNodes.delete(nodeId)) expandedNodes.add(nodeId);
    return { expandedNodes };
  });
}

export function openPalette(paletteOpen: boolean): void {
  useUi.setState({ paletteOpen });
}

let lastNotice = 0;
/** Beyond this many the oldest that only inform go; what went wrong stays until somebody takes it away. */
const TOASTS_KEPT = 5;
/** Of a page that fails over and over. */
const MOST_TOASTS = 100;

export function tell(level: PageNotice['level'], sentence: string): void {
  lastNotice += 1;
  const toast: PageNotice = { id: `page-${String(lastNotice)}`, level, sentence, at: Date.now() };
  useUi.setState((state) => ({
    toasts: [
      ...state.toasts.filter((each, at) => each.level !== 'info' || state.toasts.length - at < TOASTS_KEPT),
      toast,
    ].slice(-MOST_TOASTS),
  }));
}

export function dismissToast(id: string): void {
  useUi.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }));
}
