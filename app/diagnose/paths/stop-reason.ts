// Why a pair's packets do not come to where they have to.
import type { TracePath } from '../../trace/model.ts';
import type { StopReason } from '../../trace/passage.ts';
import type { Cluster } from '../cluster.ts';
import { isForeignRule } from './foreign-rule.ts';
import { overridden } from './overriding-route.ts';
import { packetDestination } from './packet-ends.ts';
import type { Pair } from './pair.ts';
import { hasLeft, type PathReason } from './stopped-path.ts';
import { isRedirected, isUntrackedService, strayedAnswer } from './translation.ts';

/** Null: it arrives where it has to, or where it gets to cannot be known. */
export function reasonOf(
  pair: Pair,
  path: TracePath,
  back: boolean,
  /** Null: nobody's routes are compared. */
  cluster: Cluster | null = null,
  /** Of an answer: the way of what it answers. */
  forth: TracePath | null = null,
): PathReason | null {
  const { verdict, stopsAt, hops } = path;
  const last = hops.at(-1);
  if (last === undefined) return null;
  // Whoever answers no ping wants it so: it has arrived.
  if (stopsAt?.reason === 'echo-ignored') return null;
  // As pass-namespace.ts gives it.
  const reason = stopsAt === null ? null : (stopsAt.reason as StopReason);
  // Without an endpoint it is nobody's: all but a refusal may become of it.
  if (pair.unserved === true && reason !== 'filter-reject' && reason !== 'filter-drop') return null;
  if (reason !== null) return reason;
  if (verdict === 'delivered' && !back && pair.toNetns !== null && last.netnsId !== pair.toNetns)
    return 'elsewhere';
  const strayed = cluster === null || !back ? null : strayedAnswer(cluster, pair, path, forth);
  if (strayed !== null) return strayed;
  if (pair.service !== undefined && !back && isUntrackedService({ path })) return 'away';
  if (!hasLeft(path) || !(back || pair.toNode !== null)) return null;
  if (cluster !== null && !back && pair.toPod !== null && isRedirected(cluster, { pair, path }))
    return 'away';
  // Of a router that was not read nobody knows what it knows: only where it goes there by a rule or a route that is not the network's own.
  const foreign = hops.some(
    (hop) =>
      isForeignRule(hop.route?.rule ?? null) ||
      (cluster !== null && overridden(cluster, hop, packetDestination(hop.packet)) !== null),
  );
  return foreign ? 'away' : null;
}
