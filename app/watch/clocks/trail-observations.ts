// What packets' trails tell of clocks: where a packet leaves one node and comes to another. Of those that may be others' nothing is taken,
// for one wrong pair would bound what is not so.
import type { Trail, TrailSighting, Visit } from '../model.ts';
import type { SessionClocks } from '../session-clocks.ts';
import type { NodeClocks } from './node-clocks.ts';

export interface TrailPlaces {
  readonly clocks: Pick<SessionClocks, 'at'>;
  readonly visits: { at(visit: number): Visit | null };
  /** Of a place, the node whose clock its sightings have; null: it is not known. */
  readonly nodeOf: (place: number) => number | null;
}

export interface RawSighting {
  readonly node: number;
  /** ns since the base second, by the node's own clock. */
  readonly at: number;
}

/** As the node's own clock had it; null: where it was is not known. */
export function rawSighting({ at, clock, visit }: TrailSighting, places: TrailPlaces): RawSighting | null {
  const place = places.visits.at(visit)?.place;
  const node = place === undefined ? null : places.nodeOf(place);
  return node === null ? null : { node, at: at - (places.clocks.at(clock)?.offset ?? 0) };
}

/** Each trail once, when it is final. */
export function observeTrail(nodeClocks: NodeClocks, trail: Trail, places: TrailPlaces): void {
  if (trail.verdict === 'ambiguous' || trail.verdict === 'withdrawn') return;
  let before: RawSighting | null = null;
  for (const sighting of trail.sightings) {
    const raw = rawSighting(sighting, places);
    if (before !== null && raw !== null && before.node !== raw.node)
      nodeClocks.observe(before.node, before.at, raw.node, raw.at);
    before = raw;
  }
}
