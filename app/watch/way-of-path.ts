// A traced path as visits: at which interfaces, by number, a watch is to see its packets, and as what.
import type { TracePath } from '../trace/model.ts';
import type { Visit, Way } from './model.ts';

/** A way whose visits are not numbered yet. */
export interface ForetoldWay extends Omit<Way, 'visits'> {
  readonly visits: readonly (Omit<Way['visits'][number], 'visit'> & { readonly at: Visit })[];
}

/** Numbers of a namespace and of an interface in it; null: it is not known any more. */
export type PlaceOf = (netnsId: string, interfaceId: string) => Pick<Visit, 'place' | 'ifindex'> | null;

/** Several: the endpoints of a Service, the paths of a route. As far as all go the same way, that is foretold. */
export function wayOfPaths(paths: readonly TracePath[], placeOf: PlaceOf): ForetoldWay | null {
  const [first, ...others] = paths.map((path) => wayOfPath(path, placeOf));
  if (first === undefined) return null;
  if (others.length === 0) return first;
  const parts = others.map(({ visits }) => {
    const at = first.visits.findIndex((visit, index) => !isSame(visit.at, visits[index]?.at));
    return at < 0 ? first.visits.length : at;
  });
  const common = Math.min(...parts);
  if (common === first.visits.length && others.every(({ visits }) => visits.length === common)) return first;
  return { visits: first.visits.slice(0, common), end: 'unknown', because: null };
}

function wayOfPath({ hops, verdict, sentence }: TracePath, placeOf: PlaceOf): ForetoldWay {
  const visits: ForetoldWay['visits'][number][] = [];
  for (const hop of hops)
    for (const way of ['in', 'out'] as const) {
      const [seen, interfaceId] = way === 'in' ? [hop.came, hop.ingressId] : [hop.left, hop.egressId];
      if (seen === null) continue;
      const place = interfaceId === null ? null : placeOf(hop.netnsId, interfaceId);
      // Beyond an interface that nobody knows one cannot say where a packet is missing.
      if (place === null) return { visits, end: 'unknown', because: null };
      visits.push({
        at: { ...place, way },
        ends: { source: seen.src, destination: seen.dst },
        carried: seen.carried,
      });
    }
  return { visits, end: endOf({ hops, verdict }), because: verdict === 'delivered' ? null : sentence };
}

function endOf({ hops, verdict }: Pick<TracePath, 'hops' | 'verdict'>): Way['end'] {
  if (verdict === 'delivered') return hops.at(-1)?.action === 'deliver' ? 'delivered' : 'leaves';
  return verdict === 'unknown' ? 'unknown' : 'stops';
}

function isSame(a: Visit, b: Visit | undefined): boolean {
  return a.place === b?.place && a.ifindex === b.ifindex && a.way === b.way;
}
