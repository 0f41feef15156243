// The selected Pod is the one that is watched: a click starts at once, walking by the keyboard when it rests.
import { useEffect } from 'react';
import type { WatchView } from '../../app/contract/watch.ts';
import { select, type Selection, useSelection } from '../state/selection.ts';
import { useSession } from '../state/session.ts';
import { hasWished, startWatch, stopWatch } from '../state/start-watch.ts';
import { useTopology } from '../state/topology.ts';
import { type DockTab, setDockTab, useUi } from '../state/ui.ts';
import { useWatchState } from '../state/watch.ts';
import { watchStep } from './watch-step.ts';

/** Longer than a held arrow key's repeat, shorter than one waits for an answer. */
const WALKING_MS = 300;

export function useWatch(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const act = (selected: Selection | null): void => {
      // Of what was pasted nothing can be captured; the banner says so.
      if (useSession.getState().view.paste !== null) return;
      const step = watchStep(selected, useWatchState.getState());
      if (step.type === 'start') startWatch(step.podId);
      else if (step.type === 'stop') stopWatch();
    };
    const unsubscribe = useSelection.subscribe(({ selected, walking }, before) => {
      if (selected === before.selected) return;
      clearTimeout(timer);
      if (walking) timer = setTimeout(act, WALKING_MS, selected);
      else act(selected);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, []);
  useFound();
  useShowPackets();
}

/** A page that comes to a running watch (it was reloaded) shows whose it is instead of ending it. */
function useFound(): void {
  const known = useWatchState((state) => state.known);
  const target = useWatchState(({ view }) => (view.state === 'on' ? (view.target?.podId ?? null) : null));
  const drawn = useTopology((state) => target !== null && state.topology?.pods[target] !== undefined);
  useEffect(() => {
    if (!known || target === null || !drawn || hasWished()) return;
    if (useSelection.getState().selected === null) select({ kind: 'pod', id: target });
  }, [known, target, drawn]);
}

/** Who types in a terminal, follows a path or a finding from thing to thing, or looks at packets otherwise, is not led away. */
const kept: ReadonlySet<DockTab> = new Set<DockTab>(['terminals', 'path', 'findings', 'ladder', 'flows']);

/** A fresh watch brings its packets to the front. */
function useShowPackets(): void {
  const run = useWatchState(({ view }) => runOn(view));
  useEffect(() => {
    if (run > 0 && !kept.has(useUi.getState().dockTab)) setDockTab('packets');
  }, [run]);
}

function runOn(view: WatchView): number {
  return view.state === 'on' ? view.run : 0;
}
