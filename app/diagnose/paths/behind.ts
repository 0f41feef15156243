// What would stop the same packets next: of several faults on one way the first hides the others. They are followed once more, as if the first were
// mended (lifted.ts), and told where a rule takes them that is nobody's of the cluster's network; what else they would meet depends on the mend.
import type { TracePath } from '../../trace/model.ts';
import type { Cluster } from '../cluster.ts';
import { liftedStops, REFUSING } from './lifted.ts';
import { holdersOf } from './overriding-route.ts';
import type { Pair } from './pair.ts';
import { inTurn } from './places.ts';
import { isForeign } from './rule-kinds.ts';
import type { Stop, StoppedPath } from './stopped-path.ts';

export interface Follow {
  readonly stopped: (cluster: Cluster, pairs: readonly Pair[]) => readonly StoppedPath[];
  readonly grouped: (cluster: Cluster, stopped: readonly StoppedPath[]) => readonly Stop[];
  /** What stops one and the same has one key. */
  readonly keyOf: (stop: Stop) => string;
}

/** Followed once more; each costs milliseconds. */
const MOST_BEHIND = 40;

export function stopsBehind(cluster: Cluster, stops: readonly Stop[], follow: Follow): Stop[] {
  const { known, lifted } = liftedStops(
    cluster.known,
    stops.filter((stop) => !isOfItsOwn(stop)),
  );
  const firsts = new Map<Pair, Stop>();
  for (const [pair, stop] of inTurn(lifted.map((stop) => waysThrough(stop))))
    if (firsts.size < MOST_BEHIND && !firsts.has(pair)) firsts.set(pair, stop);
  if (firsts.size === 0) return [];
  const isBehind = ({ pair, path }: StoppedPath): boolean => {
    const first = firsts.get(pair);
    return first !== undefined && isOfTheWay(pair, path) && leadsHome(cluster, pair, path, first);
  };
  const stopped = follow
    .stopped({ ...cluster, known: { ...cluster.known, ...known } }, [...firsts.keys()])
    .filter(isBehind);
  const before = new Set(stops.map((stop) => follow.keyOf(stop)));
  return follow.grouped(cluster, stopped).flatMap((stop): Stop[] => {
    const isOthers = stop.reason.startsWith('filter-') && !stop.hop.isPod && isForeign(stop.step);
    if (!isOthers || before.has(follow.keyOf(stop))) return [];
    return [{ ...stop, behind: [...new Set(stop.paths.flatMap(({ pair }) => firsts.get(pair) ?? []))] }];
  });
}

/** What a node lets nobody have of itself is its own affair: nobody says that it is to be mended. */
function isOfItsOwn({ step, reason, paths, asked }: Stop): boolean {
  return (
    reason.startsWith('filter-') &&
    step.stage === 'input' &&
    !asked &&
    paths.every(({ pair }) => pair.toPod === null)
  );
}

/** Between two ends that are known; what stands on a way that is none need not let it pass. */
function waysThrough(stop: Stop): [Pair, Stop][] {
  return stop.paths.flatMap(({ pair }): [Pair, Stop][] =>
    pair.service === undefined && pair.alike === undefined && isOneOf(pair, stop.hop.node)
      ? [[pair, stop]]
      : [],
  );
}

/** Packets that have gone astray meet what they never should. */
function isOfTheWay(pair: Pair, { hops }: TracePath): boolean {
  const last = hops.at(-1);
  return last !== undefined && isOneOf(pair, last.node);
}

function isOneOf({ fromNode, toNode }: Pair, node: string): boolean {
  return node === fromNode || node === toNode;
}

/** Where a route was in the way, the next best counts that leads to the other node or, at home, to what the node has itself: not a router's. */
function leadsHome(cluster: Cluster, pair: Pair, { hops }: TracePath, { reason, hop }: Stop): boolean {
  if (!REFUSING.has(reason)) return true;
  // A way that ends at a filter before it leaves has no next hop yet, but the route has it.
  const route = hops.find(({ netnsId }) => netnsId === hop.netnsId)?.route ?? null;
  if (route === null) return false;
  const via = / via (?:inet6 )?(\S+)/.exec(route.text)?.[1];
  if (via === undefined) return !/\/0$/.test(route.dst);
  const others = [pair.fromNode, pair.toNode].filter((node) => node !== hop.node);
  return holdersOf(cluster, via).some((id) => others.includes(cluster.topology.nodes[id]?.label ?? ''));
}
