// Where a packet's journey runs in the picture: a way for each place where it was seen. Pure.
import type { LaneView, TrailView } from '../../../app/contract/trails.ts';
import type { Track } from './tracks.ts';
import type { Way } from './way.ts';

/** Null: that place is not in the picture. */
export function journeyWays(
  { sightings }: TrailView,
  lanes: readonly LaneView[],
  tracks: ReadonlyMap<string, Track>,
): (Way | null)[] {
  const byId = new Map(lanes.map((lane) => [lane.id, lane]));
  return sightings.map(({ lane: id }) => {
    const lane = byId.get(id);
    const track = tracks.get(lane?.interfaceId ?? '');
    if (lane === undefined || track === undefined) return null;
    return lane.way === 'out' ? track.outbound : track.inbound;
  });
}
