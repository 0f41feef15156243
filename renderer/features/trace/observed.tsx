// What a running watch saw of the path that is shown: at each hop's interfaces, and between which of them it stops.
import { type ReactNode } from 'react';
import { Check, CircleAlert, CircleDashed, EyeOff } from 'lucide-react';
import { isBefore } from '../../../app/topology/identity.ts';
import type { NodeTime } from '../../../app/topology/model.ts';
import type { PlaceTold } from '../../../app/trace/sightings.ts';
import type { ObservedPath, ObservedPlace } from '../../state/observed.ts';
import { clockText, nodeClockText } from '../../state/text.ts';
import { traceStrings } from './strings.ts';
import './observed.css';

/** In one sentence; that it stops is the verdict itself, and stands in its place. */
export function Observed({ observed }: { readonly observed: ObservedPath | null }): ReactNode {
  if (observed === null || observed.told.stops !== null) return null;
  return (
    <p className="path-observed selectable dim" data-testid="trace-observed">
      <span role="status">
        <strong>{traceStrings.observed}</strong> {sentenceOf(observed)}
      </span>{' '}
      <LastSeen observed={observed} />
    </p>
  );
}

export function ObservedStop({ observed }: { readonly observed: ObservedPath }): ReactNode {
  return (
    <strong className="path-observed-stop selectable" data-testid="trace-observed">
      <CircleAlert size={13} aria-hidden /> {sentenceOf(observed)}
    </strong>
  );
}

/** Packets that came once and come no more look the same else. It is not read out: it changes each second. */
function LastSeen({ observed: { told } }: { readonly observed: ObservedPath }): ReactNode {
  const last = told.places.reduce<NodeTime | null>(
    (latest, place) =>
      place.kind === 'seen' && (latest === null || isBefore(latest, place.last)) ? place.last : latest,
    null,
  );
  return last === null ? null : <span>{traceStrings.observedLast(nodeClockText(last))}</span>;
}

function sentenceOf({ since, told: { places, stops } }: ObservedPath): string {
  if (since === null) return traceStrings.observedBegins;
  if (stops !== null) {
    const [seenAt, missingAt] = [stops.seenAt.name, stops.missingAt.name];
    return stops.until === null
      ? traceStrings.observedStops(seenAt, missingAt)
      : traceStrings.observedCeased(seenAt, missingAt, nodeClockText(stops.until));
  }
  const count = (kind: PlaceTold['kind']): number => places.filter((place) => place.kind === kind).length;
  const [seen, unwatched] = [count('seen'), count('unwatched')];
  if (unwatched === places.length) return traceStrings.observedNowhere;
  const looked = places.length - unwatched;
  const sentence =
    seen === 0
      ? traceStrings.observedNone(looked, clockText(since))
      : traceStrings.observedSeen(seen, looked, clockText(since));
  return unwatched === 0 ? sentence : `${sentence} ${traceStrings.observedUnwatched(unwatched)}`;
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
