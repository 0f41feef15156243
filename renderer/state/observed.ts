// What a running watch saw of the path that is shown, for the list of hops and the graph alike: asked once a second, by one that asks.
import { useLayoutEffect, useMemo } from 'react';
import { create } from 'zustand';
import type { TracePath } from '../../app/trace/model.ts';
import {
  type KnownPorts,
  type Place,
  type PlaceTold,
  type SightingsTold,
  sightingsTold,
  soughtPath,
} from '../../app/trace/sightings.ts';
import { call } from '../bridge/call.ts';
import { useAnswer } from './answer.ts';
import { shownPath, useTrace } from './trace.ts';
import { useWatchState } from './watch.ts';

/** ms between two looks: captures tell of themselves once a second. */
const lookEveryMs = 1_000;

export interface ObservedPlace {
  readonly place: Place;
  readonly told: PlaceTold;
  /** It is seen before this place and not here. */
  readonly missing: boolean;
}

export interface ObservedPath {
  /** ms, our clock; null: it is about to begin. */
  readonly since: number | null;
  readonly told: SightingsTold;
  readonly byHop: readonly (readonly ObservedPlace[])[];
}

interface ObservedState {
  readonly path: TracePath | null;
  /** Null: no watch runs, or the path passes no interface. */
  readonly observed: ObservedPath | null;
}

const useObservedState = create<ObservedState>(() => ({ path: null, observed: null }));

/** Null also while that of another path is the latest. */
export function useObserved(path: TracePath | null): ObservedPath | null {
  return useObservedState((state) => (path !== null && state.path === path ? state.observed : null));
}

/** Asks, wherever the answer is shown. */
export function useObserving(): void {
  const path = useTrace(shownPath);
  const on = useWatchState(({ view }) => view.state === 'on');
  const run = useWatchState(({ view }) => view.run);
  const known = useTrace(({ shown, answered }): KnownPorts => {
    if (typeof shown === 'string') return shown === 'back' ? 'source' : 'both';
    return (answered?.sport ?? null) === null ? 'destination' : 'both';
  });
  const sought = useMemo(() => (path === null ? null : soughtPath(path, known)), [path, known]);
  const request = useMemo(
    () => ({
      along: (sought?.places ?? []).map(({ interfaceId }) => interfaceId ?? ''),
      flows: [...(sought?.flows ?? [])],
    }),
    [sought],
  );
  const wanted = on && request.flows.length > 0;
  const subject = JSON.stringify(wanted ? [run, request] : null);
  const { answer, about } = useAnswer(
    subject,
    async () => (wanted ? await call('trace.sightings', request) : null),
    wanted ? lookEveryMs : null,
  );
  // Before it is painted: another answer to the same question shows no moment without.
  useLayoutEffect(() => {
    if (!wanted || path === null || sought === null || answer === null || about !== subject) {
      useObservedState.setState({ path, observed: null });
      return;
    }
    const told = sightingsTold(sought, path.share, answer);
    const places = sought.places.map((place, at): ObservedPlace => {
      const missing = told.stops?.missingAt === place;
      return { place, told: told.places[at] ?? { kind: 'unwatched', why: 'none' }, missing };
    });
    const byHop = path.hops.map((_, at) => places.filter(({ place }) => place.hop === at));
    const observed = { since: answer.since, told, byHop: answer.since === null ? [] : byHop };
    useObservedState.setState({ path, observed });
  }, [wanted, path, sought, answer, about, subject]);
}
