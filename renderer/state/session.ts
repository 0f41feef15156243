import { create } from 'zustand';
import type { NodeStatus, SessionView } from '../../app/contract/session.ts';
import type { AppDescription } from '../../app/contract/calls.ts';
import type { SessionLink } from '../bridge/session-stream.ts';

export interface SessionState {
  readonly view: SessionView;
  readonly link: SessionLink;
  readonly app: AppDescription | null;
}

export const emptyView: SessionView = {
  phase: 'none',
  cluster: null,
  clusterFile: null,
  sentence: null,
  nodes: [],
  prompts: [],
  notices: [],
};

export const useSession = create<SessionState>(() => ({
  view: emptyView,
  link: { state: 'connecting' },
  app: null,
}));

export function statusOf(view: SessionView, label: string): NodeStatus | null {
  return view.nodes.find((node) => node.label === label) ?? null;
}

export function countConnected(view: SessionView): number {
  return view.nodes.filter((node) => node.state === 'connected').length;
}
