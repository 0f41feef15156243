import { type RefObject, type ReactNode, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { onHighlights, showInterfaces } from '../../state/highlights.ts';
import { useJourney } from '../../state/journey.ts';
import { useTopology } from '../../state/topology.ts';
import { useTrails } from '../../state/trails.ts';
import { useWatchState, watchedPod } from '../../state/watch.ts';
import { useTheme } from '../../ui/use-theme.ts';
import { newlyEnded } from './endings.ts';
import type { GraphCanvas } from './graph-canvas.ts';
import { HighlightsCanvas } from './highlights-canvas.ts';
import { journeyWays } from './journey-way.ts';
import type { Layout } from './layout.ts';
import type { DrawnJourney } from './paint-trails.ts';
import type { Picture } from './picture.ts';
import { readPalette } from './read-palette.ts';
import { type Tracks, tracksOf } from './tracks.ts';

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
    const unsubscribeEnds = useTrails.subscribe(({ view }, before) => {
      canvas.end(newlyEnded(before.view, view));
    });
    return () => {
      unsubscribe();
      unsubscribeEnds();
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
  const journey = useDrawnJourney(tracks);
  useEffect(() => {
    highlights.current?.setJourney(journey);
  }, [journey]);
  useEffect(() => graph.current?.onViewport(() => highlights.current?.moved()));

  return <canvas ref={element} className="graph-highlights" aria-hidden="true" data-testid="highlights" />;
}

function useDrawnJourney(tracks: Tracks): DrawnJourney | null {
  const journey = useJourney();
  const lanes = useTrails(({ view }) => view.lanes);
  const trail = journey?.trail ?? null;
  const at = journey?.at ?? 0;
  return useMemo(
    () =>
      trail === null
        ? null
        : {
            ...{ id: trail.id, at, verdict: trail.verdict },
            near: journeyWays(trail, lanes, tracks.near),
            far: journeyWays(trail, lanes, tracks.far),
          },
    [trail, lanes, tracks, at],
  );
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
