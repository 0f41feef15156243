// The places of the strip: a capture that was begun anew goes on where the one before it was, so both are one place. Pure.
import type { CaptureView, VantagePointView, WatchView } from '../../../app/contract/watch.ts';

export interface Place {
  /** The newest capture's, with the packets of all. */
  readonly point: VantagePointView;
  /** Oldest first; the last one says how the place is doing. */
  readonly captures: readonly CaptureView[];
}

export function placesOf({
  vantagePoints,
  captures,
}: Pick<WatchView, 'vantagePoints' | 'captures'>): Place[] {
  const byId = new Map(captures.map((capture) => [capture.id, capture]));
  const places = new Map<string, Place>();
  for (const point of vantagePoints.toSorted((a, b) => a.captureId - b.captureId)) {
    // Another interface of the same name (a Pod that was made anew) is another place.
    const key = `${point.label} ${point.interfaceId ?? ''}`;
    const before = places.get(key);
    const capture = byId.get(point.captureId);
    places.set(key, {
      point: { ...point, packets: point.packets + (before?.point.packets ?? 0) },
      captures: [...(before?.captures ?? []), ...(capture === undefined ? [] : [capture])],
    });
  }
  return [...places.values()].map((place) => {
    const next = successor(place.captures.at(-1), captures);
    return next === null ? place : { ...place, captures: [...place.captures, next] };
  });
}

/** Captures whose losses are told at this place: those of its own, once, at the last of their places. */
export function toldAt(places: readonly Place[], index: number): CaptureView[] {
  const last = (place: Place | undefined): number | undefined => place?.captures.at(-1)?.id;
  const own = last(places[index]);
  if (own === undefined || places.findLastIndex((place) => last(place) === own) !== index) return [];
  return [...new Set(places.filter((place) => last(place) === own).flatMap(({ captures }) => captures))];
}

/** The one that took its place and has not seen a packet here yet. */
function successor(last: CaptureView | undefined, captures: readonly CaptureView[]): CaptureView | null {
  if (last?.state !== 'off' || last.sentence !== null) return null;
  const later = captures.filter(
    ({ id, nodeLabel, pod }) => id > last.id && nodeLabel === last.nodeLabel && pod?.id === last.pod?.id,
  );
  return later.toSorted((a, b) => a.id - b.id).at(-1) ?? null;
}
