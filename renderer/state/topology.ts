import { create } from 'zustand';
import { applyPatch } from '../../app/topology/diff.ts';
import type { SessionMessage } from '../../app/contract/session.ts';
import type { Topology, TopologyPatch } from '../../app/topology/model.ts';
import { plainLines } from '../../app/plain-text.ts';
import { mended } from '../bridge/plain.ts';
import { plainPatch, plainTopology } from './plain-topology.ts';
import { takeView, useSession } from './session.ts';
import { freshAfter, type Freshness, noFreshness } from './freshness.ts';

export interface TopologyState {
  /**
   * What is drawn; null before the first picture. The same object while only evidence is renewed, as every reading
   * does: its own evidence may be older than that of `held`.
   */
  readonly topology: Topology | null;
  /** What main has told us, to the last patch. */
  readonly held: Topology | null;
  /** What came or went within the last seconds, so that the graph can show it coming and going. */
  readonly freshness: Freshness;
}

export const useTopology = create<TopologyState>(() => ({
  topology: null,
  held: null,
  freshness: noFreshness,
}));

/** Takes one frame's messages; false when a patch does not belong to what we hold. */
export function takeMessages(messages: readonly SessionMessage[], now: number): boolean {
  const before = useTopology.getState();
  let { topology, held, freshness } = before;
  let view = useSession.getState().view;
  for (const message of messages) {
    if (message.type === 'view') {
      view = mended(message.view, plainLines);
    } else if (message.type === 'topology') {
      held = topology = plainTopology(message.topology);
      freshness = noFreshness;
    } else {
      if (held?.revision !== message.patch.from) return false;
      const patch = plainPatch(message.patch);
      held = applyPatch(held, patch);
      freshness = freshAfter(freshness, patch, now);
      if (changesPicture(patch)) topology = held;
    }
  }
  if (view !== useSession.getState().view) takeView(view);
  if (held !== before.held) useTopology.setState({ topology, held, freshness });
  return true;
}

function changesPicture({ upsert, remove, events, warnings }: TopologyPatch): boolean {
  const tables = [...Object.keys(upsert), ...Object.keys(remove)];
  return events.length > 0 || warnings !== null || tables.some((table) => table !== 'evidence');
}
