// Predicted against observed: where a watch saw the packets that a traced path foretells, and between which places they stop.
// It says nothing of places where nobody looked, and not that something is missing where a capture lost packets or began late.
import { isBefore } from '../topology/identity.ts';
import type { NodeTime } from '../topology/model.ts';
import { letsThrough } from './lets-through.ts';
import type { SeenAs, TraceHop, TracePath } from './model.ts';
import type { Listening, Sightings, SightingsRequest } from './sightings-model.ts';
import { MOST_SOUGHT } from './sought-limits.ts';

/** Which of a packet's ports are known, not chosen by its sender anew each time. */
export type KnownPorts = 'source' | 'destination' | 'both';

type SoughtFlow = SightingsRequest['flows'][number];

/** Where a path passes an interface. */
export interface Place {
  /** Index of the hop. */
  readonly hop: number;
  readonly side: 'in' | 'out';
  readonly netnsId: string;
  readonly interfaceId: string | null;
  readonly interfaceName: string | null;
  /** `ens192 of k8s-worker-1`. */
  readonly name: string;
  /** It goes out by where it came in: a sighting whose direction is not known says nothing. */
  readonly turns: boolean;
  readonly seenAs: SeenAs;
  /** Index in `SoughtPath.flows`; null: there were too many. */
  readonly flow: number | null;
}

interface SoughtPath {
  readonly places: readonly Place[];
  readonly flows: readonly SoughtFlow[];
}

export type PlaceTold =
  | {
      /** Ceased: it was seen, and those that followed were seen before it alone. */
      readonly kind: 'seen' | 'ceased';
      readonly packets: number;
      readonly last: NodeTime;
    }
  /** One looks there, and it was not seen so far. */
  | { readonly kind: 'unseen' }
  | { readonly kind: 'unwatched'; readonly why: Unwatched };

export type Unwatched =
  /** No capture is there. */
  | 'none'
  | 'began-later'
  | 'ended'
  | 'lost'
  /** Its filter lets through other packets only, or nobody knows which. */
  | 'filter'
  /** In a tunnel, where the filter does not look. */
  | 'tunnel';

export interface SightingsTold {
  /** As `SoughtPath.places`. */
  readonly places: readonly PlaceTold[];
  /** Between which places it stops; null: nothing is missing, as far as one knows. */
  readonly stops: Stops | null;
}

interface Stops {
  readonly seenAt: Place;
  readonly missingAt: Place;
  /** When it was seen there last; null: it never was. */
  readonly until: NodeTime | null;
}

/** ms after a sighting before the packet is missed elsewhere: it travels, and clocks are known to some tenths of a second. */
const MISSED_AFTER = 5_000;
/** ms between the first and the last one that is missed: captures are decoded one after the other, and one packet says little. */
const AGAIN_AFTER = 1_000;
/** ms: a packet that is seen so much later elsewhere is another one. */
const SAME_WITHIN = 2_000;

export function soughtPath({ hops }: Pick<TracePath, 'hops'>, known: KnownPorts): SoughtPath {
  const flows: SoughtFlow[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (flow: SoughtFlow): number | null => {
    const key = JSON.stringify(flow);
    const at = indexes.get(key);
    if (at !== undefined) return at;
    if (flows.length >= MOST_SOUGHT) return null;
    indexes.set(key, flows.length);
    return flows.push(flow) - 1;
  };
  const places = hops.flatMap((hop, at) =>
    (['in', 'out'] as const).flatMap((side): Place[] => {
      const seenAs = side === 'in' ? hop.came : hop.left;
      if (seenAs === null) return [];
      return [{ hop: at, side, ...interfaceOf(hop, side), seenAs, flow: indexOf(flowOf(seenAs, known)) }];
    }),
  );
  return { places, flows };
}

function interfaceOf(
  hop: TraceHop,
  side: Place['side'],
): Pick<Place, 'netnsId' | 'interfaceId' | 'interfaceName' | 'name' | 'turns'> {
  const { netnsId, place, ingress, egress, ingressId, egressId } = hop;
  const [interfaceName, interfaceId] = side === 'in' ? [ingress, ingressId] : [egress, egressId];
  const turns = ingressId !== null && ingressId === egressId;
  return { netnsId, interfaceId, interfaceName, turns, name: `${interfaceName ?? '?'} of ${place}` };
}

function flowOf({ protocol, src, dst, sport, dport, icmpType }: SeenAs, known: KnownPorts): SoughtFlow {
  return {
    protocol,
    source: src,
    destination: dst,
    sourcePort: known === 'destination' || sport === 0 ? null : sport,
    destinationPort: known === 'source' || dport === 0 ? null : dport,
    icmpType,
  };
}

/** @param share of the path: of one that not every packet takes nothing is missing. */
export function sightingsTold({ places }: SoughtPath, share: number, answer: Sightings): SightingsTold {
  const told = places.map((place) => placeTold(place, answer));
  const stops = share < 1 ? null : stopsOf(places, answer);
  if (stops === null) return { places: told, stops };
  const [seenAt, missingAt] = [places.indexOf(stops.seenAt), places.indexOf(stops.missingAt)];
  return {
    stops,
    places: told.map((one, at): PlaceTold => {
      if (at <= seenAt) return one;
      if (one.kind === 'seen') return { ...one, kind: 'ceased' };
      return at === missingAt ? { kind: 'unseen' } : one;
    }),
  };
}

/** When a place's packets passed, by our clock (ms). */
interface Passed {
  readonly seconds: readonly number[];
  readonly last: number;
}

/** The last place where packets are seen that some place behind it misses. */
function stopsOf(places: readonly Place[], answer: Sightings): Stops | null {
  const passed = places.map((place) => passedAt(place, answer));
  for (let at = places.length - 1; at >= 0; at -= 1) {
    const [seenAt, seen] = [places[at], passed[at]];
    if (seenAt === undefined || seen === null || seen === undefined) continue;
    for (const [index, missingAt] of places.entries()) {
      const since = index > at ? missedSince(seen, missingAt, passed[index] ?? null, answer) : null;
      if (since === null) continue;
      // What is seen behind a place where it is missing goes there another way, or past the capture.
      if (passed.slice(at + 1).some((one) => one !== null && one.last > since)) return null;
      const before = sightingsAt(missingAt, answer).map(({ last }) => last);
      return { seenAt, missingAt, until: before.reduce<NodeTime | null>(later, null) };
    }
  }
  return null;
}

/** Null: never. Where nobody knows when by our clock, it may be now. */
function passedAt(place: Place, answer: Sightings): Passed | null {
  const behind = answer.listening.find((one) => listens(one, place) && one.behind !== null)?.behind ?? null;
  const seen = sightingsAt(place, answer);
  if (seen.length === 0) return null;
  if (behind === null) return { seconds: [], last: Infinity };
  return {
    seconds: [...new Set(seen.flatMap(({ seconds }) => seconds))]
      .sort((a, b) => a - b)
      .map((second) => second * 1000 + behind),
    last: Math.max(...seen.map(({ last }) => msOf(last) + behind)),
  };
}

/** Since when packets that were seen before a place do not come there (ms, our clock); null: none is missing, as far as one knows. */
function missedSince(seen: Passed, place: Place, here: Passed | null, answer: Sightings): number | null {
  if (answer.since === null || answer.wholeSince === null || !isSought(place)) return null;
  const known = Math.max(answer.since, answer.wholeSince, here === null ? 0 : here.last + SAME_WITHIN);
  for (const capture of answer.listening) {
    const { behind, watermark, wholeSince } = capture;
    if (!listens(capture, place) || !lets(capture, place)) continue;
    if (behind === null || watermark === null || wholeSince === null) continue;
    const missed = seen.seconds.filter((second) => second > Math.max(known, wholeSince));
    const [first, last] = [missed[0], missed.at(-1)];
    if (first === undefined || last === undefined || last - first < AGAIN_AFTER) continue;
    if (msOf(watermark) + behind - first > MISSED_AFTER) return first;
  }
  return null;
}

/** A sighting there would be known as one. */
function isSought({ interfaceId, flow, seenAs }: Place): boolean {
  return interfaceId !== null && flow !== null && !seenAs.carried;
}

function placeTold(place: Place, answer: Sightings): PlaceTold {
  const seen = sightingsAt(place, answer);
  const packets = seen.reduce((sum, one) => sum + one.packets, 0);
  const last = seen.map((one) => one.last).reduce<NodeTime | null>(later, null);
  if (last !== null) return { kind: 'seen', packets, last };
  const why = whyUnwatched(place, answer);
  return why === null ? { kind: 'unseen' } : { kind: 'unwatched', why };
}

function sightingsAt({ flow, interfaceId, side, turns }: Place, { sightings }: Sightings) {
  return sightings.filter(
    (one) =>
      one.flow === flow &&
      one.interfaceId === interfaceId &&
      (one.way === side || (one.way === 'other' && !turns)),
  );
}

/** Null: whatever passes there is seen. */
function whyUnwatched(place: Place, { listening }: Sightings): Unwatched | null {
  const here = listening.filter((one) => listens(one, place));
  if (here.length === 0 || place.interfaceId === null) return 'none';
  if (place.flow === null || here.every((one) => one.addresses === null)) return 'filter';
  if (place.seenAs.carried) return 'tunnel';
  const holds = new Set(here.filter((one) => lets(one, place)).map((one) => one.holds));
  if (holds.size === 0) return 'filter';
  if (holds.has('lost')) return 'lost';
  if (holds.has('whole')) return null;
  return holds.has('began-later') ? 'began-later' : 'ended';
}

function listens({ netnsId, device }: Listening, place: Place): boolean {
  return netnsId === place.netnsId && (device === null || device === place.interfaceName);
}

function lets({ addresses, peers, outside }: Listening, { seenAs: { src, dst } }: Place): boolean {
  if (addresses === null) return false;
  const of = { addresses: new Set(addresses), peers: peers === null ? null : new Set(peers), outside };
  return letsThrough(of, { source: src, destination: dst });
}

function later(a: NodeTime | null, b: NodeTime): NodeTime {
  if (a === null) return b;
  return isBefore(a, b) ? b : a;
}

function msOf({ s, ns }: NodeTime): number {
  return s * 1000 + ns / 1_000_000;
}
