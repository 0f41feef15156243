// Predicted against observed: where a watch saw the packets that a traced path foretells, and between which places they stop.
// It says nothing of places where nobody looked, and not that something is missing where a capture lost packets or began late.
import { isBefore } from '../topology/identity.ts';
import type { NodeTime } from '../topology/model.ts';
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
  | { readonly kind: 'seen'; readonly packets: number; readonly last: NodeTime }
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
  readonly stops: { readonly seenAt: Place; readonly missingAt: Place } | null;
}

/**
 * Seconds after the first sighting before a packet is missed elsewhere: it travels, and the nodes' clocks differ by some.
 */
const MISSED_AFTER_S = 5;
/** Seconds between the first and the last sighting: captures are decoded one after the other. */
const AGAIN_AFTER_S = 1;

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
  const seen = told.map((one, at) => (one.kind === 'seen' ? at : -1)).filter((at) => at !== -1);
  const none: SightingsTold = { places: told, stops: null };
  const lastSeen = seen.at(-1);
  if (lastSeen === undefined || share < 1 || !answer.whole || answer.since === null) return none;
  // What is seen behind a place where it is missing went there another way, or past the capture.
  const missing = told.findIndex(
    (one, at) => at > lastSeen && one.kind === 'unseen' && isDue(places[lastSeen], places[at], answer),
  );
  const [seenAt, missingAt] = [places[lastSeen], places[missing]];
  return seenAt === undefined || missingAt === undefined ? none : { ...none, stops: { seenAt, missingAt } };
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

function lets({ addresses }: Listening, { seenAs }: Place): boolean {
  return addresses !== null && (addresses.includes(seenAs.src) || addresses.includes(seenAs.dst));
}

/** It would have been decoded there by now. */
function isDue(seenAt: Place | undefined, missingAt: Place | undefined, answer: Sightings): boolean {
  if (seenAt === undefined || missingAt === undefined) return false;
  const first = sightingsAt(seenAt, answer)
    .map((one) => one.first)
    .reduce<NodeTime | null>((a, b) => (a === null || isBefore(b, a) ? b : a), null);
  const upTo = answer.listening
    .filter((one) => listens(one, missingAt) && lets(one, missingAt) && one.holds === 'whole')
    .map(({ watermark }) => watermark)
    .reduce<NodeTime | null>((a, b) => (b === null ? a : later(a, b)), null);
  const last = sightingsAt(seenAt, answer)
    .map((one) => one.last)
    .reduce<NodeTime | null>(later, null);
  if (first === null || last === null || upTo === null) return false;
  // One packet alone may have passed the other place before counting began.
  return last.s - first.s >= AGAIN_AFTER_S && upTo.s - first.s > MISSED_AFTER_S;
}

function later(a: NodeTime | null, b: NodeTime): NodeTime {
  if (a === null) return b;
  return isBefore(a, b) ? b : a;
}
