import { create } from 'zustand';
import { applyPatch } from '../../app/topology/diff.ts';
import type { SessionMessage } from '../../app/contract/session.ts';
import type { Topology } from '../../app/topology/model.ts';
import { useSession } from './session.ts';
import { freshAfter, type Freshness, noFreshness } from './freshness.ts';

export interface TopologyState {
  /** Null before the first picture. */
  readonly topology: Topology | null;
  /** What came or went within the last seconds, so that the graph can show it coming and going. */
  readonly freshness: Freshness;
}

export const useTopology = create<TopologyState>(() => ({ topology: null, freshness: noFreshness }));

/** Takes one frame's messages; false when a patch does not belong to what we hold. */
export function takeMessages(messages: readonly SessionMessage[], now: number): boolean {
  const before = useTopology.getState();
  let { topology, freshness } = before;
  let view = useSession.getState().view;
  for (const message of messages) {
    if (message.type === 'view') {
      view = message.view;
    } else if (message.type === 'topology') {
      topology = message.topology;
      freshness = noFreshness;
    } else {
      if (topology?.revision !== message.patch.from) return false;
      const next = applyPatch(topology, message.patch);
      freshness = freshAfter(freshness, message.patch, now);
      topology = next;
    }
  }
  if (view !== useSession.getState().view) useSession.setState({ view });
  if (topology !== before.topology) useTopology.setState({ topology, freshness });
  return true;
}
