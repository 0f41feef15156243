// What a running watch saw of the path that is shown: at each hop's interfaces, and between which of them it stops.
import { type ReactNode } from 'react';
import { Check, CircleAlert, CircleDashed, EyeOff } from 'lucide-react';
import type { TracePath } from '../../../app/trace/model.ts';
import {
  type KnownPorts,
  type Place,
  type PlaceTold,
  type SightingsTold,
  sightingsTold,
  soughtPath,
} from '../../../app/trace/sightings.ts';
import { call } from '../../bridge/call.ts';
import { useAnswer } from '../../state/answer.ts';
import { clockText, nodeClockText } from '../../state/text.ts';
import { useTrace } from '../../state/trace.ts';
import { useWatchState } from '../../state/watch.ts';
import { traceStrings } from './strings.ts';

/** ms between two looks: captures tell of themselves once a second. */
const lookEveryMs = 1_000;

export interface ObservedPlace {
  readonly place: Place;
  readonly told: PlaceTold;
  /** It is seen before this place and not here. */
  readonly missing: boolean;
}

interface ObservedPath {
  /** ms, our clock; null: it is about to begin. */
  readonly since: number | null;
  readonly told: SightingsTold;
  readonly byHop: readonly (readonly ObservedPlace[])[];
}

/** Null: no watch runs, or it passes no interface. */
export function useObserved(path: TracePath): ObservedPath | null {
  const on = useWatchState(({ view }) => view.state === 'on');
  const run = useWatchState(({ view }) => view.run);
  const asked = useTrace(({ askedAt }) => askedAt);
  const known = useTrace(({ shown, answered }): KnownPorts => {
    if (typeof shown === 'string') return shown === 'back' ? 'source' : 'both';
    return (answered?.sport ?? null) === null ? 'destination' : 'both';
  });
  const sought = soughtPath(path, known);
  const { flows } = sought;
  const wanted = on && flows.length > 0;
  const request = { asked, flows: [...flows] };
  const subject = JSON.stringify(wanted ? [run, request] : null);
  const { answer, about } = useAnswer(
    subject,
    async () => (wanted ? await call('trace.sightings', request) : null),
    wanted ? lookEveryMs : null,
  );
  if (!wanted || answer === null || about !== subject) return null;
  const told = sightingsTold(sought, path.share, answer);
  const observed = sought.places.map((place, at): ObservedPlace => {
    const missing = told.stops?.missingAt === place;
    return { place, told: told.places[at] ?? { kind: 'unwatched', why: 'none' }, missing };
  });
  const byHop = path.hops.map((_, at) => observed.filter(({ place }) => place.hop === at));
  return { since: answer.since, told, byHop: answer.since === null ? [] : byHop };
}

/** In one sentence. */
export function Observed({ observed }: { readonly observed: ObservedPath | null }): ReactNode {
  if (observed === null) return null;
  const { stops } = observed.told;
  return (
    <p
      className={`path-observed selectable ${stops === null ? 'dim' : 'missing'}`}
      role="status"
      data-testid="trace-observed"
    >
      {stops === null ? null : <CircleAlert size={13} aria-hidden />} <strong>{traceStrings.observed}</strong>{' '}
      {sentenceOf(observed)}
    </p>
  );
}

function sentenceOf({ since, told: { places, stops } }: ObservedPath): string {
  if (since === null) return traceStrings.observedBegins;
  if (stops !== null) return traceStrings.observedStops(stops.seenAt.name, stops.missingAt.name);
  const seen = places.filter(({ kind }) => kind === 'seen').length;
  if (seen === 0) return traceStrings.observedNone(clockText(since));
  return traceStrings.observedSeen(seen, places.length, clockText(since));
}

const icons = { seen: Check, unseen: CircleDashed, unwatched: EyeOff };

export function SeenHere({ places }: { readonly places: readonly ObservedPlace[] }): ReactNode {
  if (places.length === 0) return null;
  return (
    <ul className="path-seen" aria-label={traceStrings.observedHere}>
      {places.map(({ place, told, missing }) => {
        const Icon = missing ? CircleAlert : icons[told.kind];
        return (
          <li
            key={place.side}
            className={missing ? 'missing' : told.kind}
            title={told.kind === 'unwatched' ? traceStrings.unwatchedWhy[told.why] : undefined}
            data-seen={told.kind}
          >
            <Icon size={12} aria-hidden /> {traceStrings.sides[place.side]}:{' '}
            {missing ? traceStrings.missingHere : wordsOf(told)}
            {told.kind === 'unwatched' ? (
              <span className="visually-hidden">. {traceStrings.unwatchedWhy[told.why]}</span>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}

function wordsOf(told: PlaceTold): string {
  if (told.kind === 'seen') return traceStrings.seen(told.packets, nodeClockText(told.last));
  return told.kind === 'unseen' ? traceStrings.unseen : traceStrings.unwatched;
}
