// For detectors that rest on what two readings of a node's counters tell: what was lost lately, together by place.
import type { DropEntry } from '../ledger/drop-entry.ts';
import { onEachNode, type Cluster, type DiagnosedNode } from './cluster.ts';
import type { Detected, Draft } from './detector.ts';
import { recentDrops, recentIntervals } from './recent-drops.ts';

/** What was counted before, and not since, is over: counters are read every 10 s at the latest. */
const GOING_ON_S = 10;
/** Sooner, where it has not been counted for longer than twice its longest rest: TCP tries again after 1, then 2 seconds. */
const LEAST_REST_S = 2;

interface Loss {
  readonly packets: number;
  /** At least one. */
  readonly entries: readonly [DropEntry, ...DropEntry[]];
  /** Names of the counters that rose, each once. */
  readonly counters: readonly string[];
  /** In which it was counted. */
  readonly seconds: number;
}

/**
 * Looks at every node of which counters were read.
 * @param placeOf what an entry is told under; undefined leaves it out.
 */
export function whereLost<K extends string | number | null>(
  cluster: Cluster,
  placeOf: (entry: DropEntry, node: DiagnosedNode) => K | undefined,
  look: (node: DiagnosedNode, place: K, loss: Loss) => readonly Draft[],
): Detected {
  return onEachNode(
    cluster,
    'counters',
    ({ snapshot }) => snapshot.counters,
    (node) => {
      const { seconds } = recentDrops(node, GOING_ON_S);
      const places = new Map<K, { lost: [DropEntry, ...DropEntry[]]; times: number[] }>();
      for (const { entries, agoS } of recentIntervals(node, GOING_ON_S))
        for (const entry of entries) {
          const place = placeOf(entry, node);
          if (place === undefined) continue;
          const before = places.get(place);
          if (before === undefined) places.set(place, { lost: [entry], times: [agoS] });
          else {
            before.lost.push(entry);
            before.times.push(agoS);
          }
        }
      return [...places].flatMap(([place, { lost, times }]) => {
        if (isOver(times)) return [];
        return look(node, place, {
          entries: lost,
          packets: lost.reduce((sum, { packets }) => sum + packets, 0),
          counters: [...new Set(lost.flatMap(({ proof }) => proof.map(({ counter }) => counter)))],
          seconds,
        });
      });
    },
  );
}

/** @param times when it was counted, seconds ago, the oldest first. */
function isOver(times: readonly number[]): boolean {
  const rests = times.slice(1).map((agoS, at) => (times[at] ?? agoS) - agoS);
  return (times.at(-1) ?? 0) > 2 * Math.max(LEAST_REST_S, ...rests);
}
