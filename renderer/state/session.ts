import { create } from 'zustand';
import { noSession } from '../../app/contract/no-session.ts';
import type { NodeStatus, SessionView } from '../../app/contract/session.ts';
import type { AppDescription } from '../../app/contract/calls.ts';
import type { StreamLink } from '../bridge/counted-stream.ts';
import { staleStanding, standingsOf } from './standing.ts';

export interface SessionState {
  readonly view: SessionView;
  /** The view's nodes without what every reading changes: for whoever draws them. */
  readonly standings: readonly NodeStatus[];
  readonly link: StreamLink;
  readonly app: AppDescription | null;
}

export const useSession = create<SessionState>(() => ({
  view: noSession,
  standings: noSession.nodes,
  link: { state: 'connecting' },
  app: null,
}));

export function takeView(view: SessionView): void {
  useSession.setState((state) => ({ view, standings: standingsOf(view.nodes, state.standings) }));
}

/** The node's standing when what is shown of it may no longer hold; null while it is current. */
export function useStaleStanding(label: string | null): NodeStatus | null {
  return useSession((state) => (label === null ? null : staleStanding(state.standings, label)));
}

export function statusOf(view: SessionView, label: string): NodeStatus | null {
  return view.nodes.find((node) => node.label === label) ?? null;
}

export function countConnected(view: SessionView): number {
  return view.nodes.filter((node) => node.state === 'connected').length;
}
