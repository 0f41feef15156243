import { type RefObject, type ReactNode, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { onHighlights, showInterfaces } from '../../state/highlights.ts';
import { useTopology } from '../../state/topology.ts';
import { useWatchState, watchedPod } from '../../state/watch.ts';
import { useTheme } from '../../ui/use-theme.ts';
import type { GraphCanvas } from './graph-canvas.ts';
import { HighlightsCanvas } from './highlights-canvas.ts';
import type { Layout } from './layout.ts';
import type { Picture } from './picture.ts';
import { readPalette } from './read-palette.ts';
import { tracksOf } from './tracks.ts';

/** Packets on their way, above the picture. Nothing of it goes through React while it moves. */
export function HighlightsOverlay({
  graph,
  picture,
  layout,
}: {
  readonly graph: RefObject<GraphCanvas | null>;
  readonly picture: Picture;
  readonly layout: Layout;
}): ReactNode {
  const element = useRef<HTMLCanvasElement | null>(null);
  const highlights = useRef<HighlightsCanvas | null>(null);
  const podId = useWatchState(watchedPod);
  const run = useWatchState(({ view }) => view.run);
  const nodeId = useTopology(({ topology }) =>
    podId === null ? null : (topology?.pods[podId]?.nodeId ?? null),
  );
  const theme = useTheme();
  const still = useReducedMotion();
  const tracks = useMemo(
    () => tracksOf(picture, layout, podId === null ? null : { podId, nodeId }),
    [picture, layout, podId, nodeId],
  );

  useEffect(() => {
    if (element.current === null) return;
    const canvas = new HighlightsCanvas(
      element.current,
      readPalette(),
      () => graph.current?.viewport() ?? null,
    );
    highlights.current = canvas;
    const unsubscribe = onHighlights((items) => {
      canvas.take(items);
    });
    return () => {
      unsubscribe();
      highlights.current = null;
      canvas[Symbol.dispose]();
    };
  }, [graph]);

  useEffect(() => {
    highlights.current?.setTracks(tracks);
    showInterfaces(tracks.near.keys());
  }, [tracks]);
  useEffect(() => {
    highlights.current?.setPalette(readPalette());
  }, [theme]);
  useEffect(() => {
    highlights.current?.setStill(still);
  }, [still]);
  useEffect(() => {
    highlights.current?.clear();
  }, [run]);
  useEffect(() => graph.current?.onViewport(() => highlights.current?.moved()));

  return <canvas ref={element} className="graph-highlights" aria-hidden="true" data-testid="highlights" />;
}

const reducedMotion = '(prefers-reduced-motion: reduce)';

function useReducedMotion(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = window.matchMedia(reducedMotion);
      query.addEventListener('change', listener);
      return () => {
        query.removeEventListener('change', listener);
      };
    },
    () => window.matchMedia(reducedMotion).matches,
  );
}
