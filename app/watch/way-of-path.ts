// A traced path as visits: at which interfaces, by number, a watch is to see its packets, and as what.
import { isVxlanPort } from '../packet/tunnel-ports.ts';
import type { TracePath } from '../trace/model.ts';
import type { Visit, Way } from './model.ts';

/** A way whose visits are not numbered yet. */
export interface ForetoldWay extends Omit<Way, 'visits'> {
  readonly visits: readonly (Omit<Way['visits'][number], 'visit'> & { readonly at: Visit })[];
}

/** Numbers of a namespace and of an interface in it; null: it is not known any more. */
export type PlaceOf = (netnsId: string, interfaceId: string) => Pick<Visit, 'place' | 'ifindex'> | null;

/**
 * Of several – what a rule takes by chance and what it leaves, the endpoints of a Service, the paths of a route – one that is stopped where
 * another goes on is a part of that. As far as all others go the same way, that is foretold: behind where one of them arrives, or is lost
 * sight of, nobody knows which one a packet took.
 */
export function wayOfPaths(paths: readonly TracePath[], placeOf: PlaceOf): ForetoldWay | null {
  const all = paths.map((path) => wayOfPath(path, placeOf));
  const ways = all.filter(
    (way, at) => !all.some((other, index) => index !== at && isPartOf(way, other, index < at)),
  );
  const [first, ...others] = ways;
  if (first === undefined) return null;
  const parted = others.map(({ visits }) => partedAt(first.visits, visits));
  const common = Math.min(first.visits.length, ...parted);
  const takes = Object.fromEntries(
    all.flatMap((way) => Object.entries(way.takes).filter(([at]) => Number(at) < common)),
  );
  if (others.length === 0) return { ...first, takes };
  return { visits: first.visits.slice(0, common), end: 'unknown', takes };
}

/** The same, and stopped where the other goes on, if not as far as it. @param ofEqual two that are the same are parts of each other: it is one that is to go */
function isPartOf(way: ForetoldWay, other: ForetoldWay, ofEqual: boolean): boolean {
  const { length } = way.visits;
  if (partedAt(way.visits, other.visits) < length) return false;
  if (other.visits.length > length) return way.end === 'stops';
  return other.end === way.end ? ofEqual : way.end === 'stops' || way.end === 'unknown';
}

/** Index of the first visit that differs, or is not there. */
function partedAt(a: ForetoldWay['visits'], b: ForetoldWay['visits']): number {
  const at = a.findIndex(({ at: visit }, index) => !isSame(visit, b[index]?.at));
  return at < 0 ? a.length : at;
}

/** Tunnels that captures look into (capture-filter.ts): over IPv4, not encrypted, by a port by which they are known. */
const SEEN_INSIDE = /^(?:VXLAN|IPIP)\b[^:·]*(?::(\d+) )?·/;

function isSeenInside(carrier: string): boolean {
  const [is, port] = SEEN_INSIDE.exec(carrier) ?? [];
  return is !== undefined && (port === undefined || isVxlanPort(Number(port)));
}

function wayOfPath(path: TracePath, placeOf: PlaceOf): ForetoldWay {
  const { hops, sentence } = path;
  const visits: ForetoldWay['visits'][number][] = [];
  for (const [at, hop] of hops.entries())
    for (const way of ['in', 'out'] as const) {
      const [seen, interfaceId] = way === 'in' ? [hop.came, hop.ingressId] : [hop.left, hop.egressId];
      if (seen === null) continue;
      const carrier = way === 'out' ? hop.packet : (hops[at - 1]?.packet ?? '');
      // Nobody's filter sees it there.
      if (seen.carried && !isSeenInside(carrier)) continue;
      const place = interfaceId === null ? null : placeOf(hop.netnsId, interfaceId);
      // Beyond an interface that nobody knows one cannot say where a packet is missing.
      if (place === null) return { visits, end: 'unknown', takes: {} };
      visits.push({
        at: { ...place, way },
        ends: { source: seen.src, destination: seen.dst },
        carried: seen.carried,
      });
    }
  const end = endOf(path);
  return { visits, end, takes: end === 'stops' ? { [visits.length - 1]: sentence } : {} };
}

function endOf({ hops, verdict, stopsAt }: TracePath): Way['end'] {
  // It has come to whom it is for. Who listens there was read some time ago; where nobody does, an answer says so.
  if (stopsAt?.reason === 'no-socket') return 'delivered';
  if (verdict === 'delivered') return hops.at(-1)?.action === 'deliver' ? 'delivered' : 'leaves';
  return verdict === 'unknown' ? 'unknown' : 'stops';
}

function isSame(a: Visit, b: Visit | undefined): boolean {
  return a.place === b?.place && a.ifindex === b.ifindex && a.way === b.way;
}
