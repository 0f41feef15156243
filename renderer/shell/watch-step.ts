// What a new selection means for the watch. Pure.
import type { Selection } from '../state/selection.ts';
import { watchedPod, type WatchState } from '../state/watch.ts';

export type WatchStep =
  { readonly type: 'none' } | { readonly type: 'stop' } | { readonly type: 'start'; readonly podId: string };

export function watchStep(selected: Selection | null, state: Pick<WatchState, 'view' | 'wished'>): WatchStep {
  const watched = watchedPod(state);
  if (selected?.kind === 'pod') {
    return selected.id === watched ? { type: 'none' } : { type: 'start', podId: selected.id };
  }
  if (watched === null) return { type: 'none' };
  // Whoever looks at an interface on the packets' way is still looking at the watch.
  const onTheWay =
    selected?.kind === 'interface' &&
    state.wished === null &&
    state.view.vantagePoints.some((point) => point.interfaceId === selected.id);
  return onTheWay ? { type: 'none' } : { type: 'stop' };
}
