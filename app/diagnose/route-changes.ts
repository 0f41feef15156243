// Changes of routes that were seen lately on a node, by destination, as the time line tells them.
import type { Cluster, DiagnosedNode } from './cluster.ts';

/** Of two minutes: a route that came and went an hour ago flaps no more. */
const RECENT_S = 120;

export interface RouteChange {
  readonly dst: string;
  /** Only routes of the same table and metric replace each other (net/ipv4/fib_trie.c). */
  readonly place: string;
  readonly kind: 'route-appeared' | 'route-changed' | 'route-ended';
  /** The route's protocol after the change; before it, where it ended. */
  readonly proto: string | null;
  readonly text: string;
  /** The node's time. */
  readonly atS: number;
}

/** Seen by us, the oldest first; of many at once the first few. */
export function routeChanges(
  { topology }: Cluster,
  { label, entity, snapshot }: DiagnosedNode,
): RouteChange[] {
  return topology.events.flatMap(({ nodeLabel, kind, at, about, burst, sentence, change, past }) => {
    if (nodeLabel !== label || past === true || snapshot.at.s - at.s > RECENT_S) return [];
    // In a Pod's own namespace it is about that Pod, too.
    if (kind !== 'route-appeared' && kind !== 'route-changed' && kind !== 'route-ended') return [];
    if (about.some((id) => id !== entity.id)) return [];
    const texts = burst?.examples ?? [
      change?.after ?? /: route (.+) (?:appeared|ended)\.$/.exec(sentence)?.[1] ?? '',
    ];
    return texts.flatMap((text) => {
      const words = text.split(' ');
      const dst = words.find((word) => word.includes('/'));
      if (dst === undefined) return [];
      const proto = words[words.indexOf('proto') + 1] ?? null;
      const [table, metric] = ['table', 'metric'].map((key) =>
        words.includes(key) ? (words[words.indexOf(key) + 1] ?? '') : '',
      );
      return [
        { dst, place: `${dst} ${table ?? ''} ${metric ?? ''}`, kind, proto, text, atS: at.s + at.ns / 1e9 },
      ];
    });
  });
}
