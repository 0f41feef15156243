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
  return [...places.values()];
}
