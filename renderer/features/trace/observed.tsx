// What a running watch saw of the path that is shown: at each hop's interfaces, and between which of them it stops.
import { type ReactNode } from 'react';
import { Check, CircleAlert, CircleDashed, EyeOff } from 'lucide-react';
import type { PlaceTold } from '../../../app/trace/sightings.ts';
import type { ObservedPath, ObservedPlace } from '../../state/observed.ts';
import { clockText, nodeClockText } from '../../state/text.ts';
import { traceStrings } from './strings.ts';
import './observed.css';

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
  if (stops !== null) {
    const [seenAt, missingAt] = [stops.seenAt.name, stops.missingAt.name];
    return stops.until === null
      ? traceStrings.observedStops(seenAt, missingAt)
      : traceStrings.observedCeased(seenAt, missingAt, nodeClockText(stops.until));
  }
  const seen = places.filter(({ kind }) => kind === 'seen').length;
  if (seen === 0) return traceStrings.observedNone(clockText(since));
  return traceStrings.observedSeen(seen, places.length, clockText(since));
}

const icons = { seen: Check, ceased: CircleDashed, unseen: CircleDashed, unwatched: EyeOff };

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
            <Icon size={12} aria-hidden /> {traceStrings.sides[place.side]}: {wordsOf(told, missing)}
            {told.kind === 'unwatched' ? (
              <span className="visually-hidden">. {traceStrings.unwatchedWhy[told.why]}</span>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}

function wordsOf(told: PlaceTold, missing: boolean): string {
  if (told.kind === 'ceased') return traceStrings.ceased(told.packets, nodeClockText(told.last));
  if (missing) return traceStrings.missingHere;
  if (told.kind === 'seen') return traceStrings.seen(told.packets, nodeClockText(told.last));
  return told.kind === 'unseen' ? traceStrings.unseen : traceStrings.unwatched;
}
