import { useEffect, useMemo, useState } from 'react';
import { nextExpiry, prune } from '../../state/freshness.ts';
import { useSelection } from '../../state/selection.ts';
import { useSession } from '../../state/session.ts';
import { useTopology } from '../../state/topology.ts';
import { shownPath, useTrace } from '../../state/trace.ts';
import { useUi } from '../../state/ui.ts';
import type { Viewport } from './arrange.ts';
import { buildPicture } from './build-picture.ts';
import { type Layout, type LayoutInput, type LayoutMemory, layOut, noMemory } from './layout.ts';
import type { Picture } from './picture.ts';

export function usePicture(): Picture {
  const topology = useTopology((state) => state.topology);
  const freshness = useTopology((state) => state.freshness);
  const statuses = useSession((state) => state.standings);
  const focusNode = useSelection((state) => (state.selected?.kind === 'node' ? state.selected.id : null));
  useExpiry();
  return useMemo(
    () => buildPicture({ topology, statuses, freshness, focusNode }),
    [topology, statuses, freshness, focusNode],
  );
}

/** Forgets what is no longer news, so that an ended Pod leaves its seat. */
function useExpiry(): void {
  const freshness = useTopology((state) => state.freshness);
  useEffect(() => {
    const expiry = nextExpiry(freshness);
    if (expiry === null) return;
    const timer = setTimeout(
      () => {
        useTopology.setState((state) => ({ freshness: prune(state.freshness, Date.now()) }));
      },
      Math.max(50, expiry - Date.now()),
    );
    return () => {
      clearTimeout(timer);
    };
  }, [freshness]);
}

/** Rearranging follows the viewport in steps, so that dragging a splitter does not shuffle the picture. */
const VIEWPORT_STEP = 120;

export function useLayout(picture: Picture, viewport: Viewport): Layout {
  const unfolded = useUi((state) => state.expandedNodes);
  const pinnedPods = usePinnedPods();
  const cluster = useTopology((state) => state.topology?.cluster ?? null);
  const [keeper] = useState(createLayoutKeeper);
  const w = Math.max(1, Math.round(viewport.w / VIEWPORT_STEP)) * VIEWPORT_STEP;
  const h = Math.max(1, Math.round(viewport.h / VIEWPORT_STEP)) * VIEWPORT_STEP;
  return useMemo(
    () => keeper(cluster, { picture, viewport: { w, h }, unfolded, pinnedPods }),
    [keeper, cluster, picture, w, h, unfolded, pinnedPods],
  );
}

/** The same set while it holds the same, so that a trace that is asked again lays nothing out anew. */
function usePinnedPods(): ReadonlySet<string> {
  const selected = useSelection((state) => (state.selected?.kind === 'pod' ? state.selected.id : null));
  const netns = useTopology((state) => state.topology?.netns);
  const traced = useTrace((state) =>
    (shownPath(state)?.hops ?? [])
      .filter(({ isPod }) => isPod)
      .map(({ netnsId }) => netns?.[netnsId]?.podId ?? '')
      .join('\n'),
  );
  return useMemo(
    () => new Set([selected ?? '', ...traced.split('\n')].filter((id) => id !== '')),
    [selected, traced],
  );
}

/** Carries a layout's memory to the next one; laying the same out again changes nothing, so repeats do no harm. */
function createLayoutKeeper(): (cluster: string | null, input: LayoutInput) => Layout {
  let memory: LayoutMemory = noMemory;
  let of: string | null = null;
  return (cluster, input) => {
    if (cluster !== of) memory = noMemory;
    of = cluster;
    const layout = layOut(input, memory);
    memory = layout.memory;
    return layout;
  };
}

export function useViewport(): [Viewport, (element: HTMLElement | null) => void] {
  const [viewport, setViewport] = useState<Viewport>({ w: 900, h: 560 });
  const [element, setElement] = useState<HTMLElement | null>(null);
  useEffect(() => {
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      setViewport({ w: element.clientWidth, h: element.clientHeight });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return [viewport, setElement];
}
