// What became of packets, in words: a line a place where some did not arrive. Pure.
import type { TrailsView } from '../../../app/contract/trails.ts';
import { verdictWords } from '../../state/verdict-words.ts';
import { graphStrings } from './strings.ts';

export function endLines({ ends, lanes }: Pick<TrailsView, 'ends' | 'lanes'>): string[] {
  const labels = new Map(lanes.map(({ id, label }) => [id, label]));
  return ends.flatMap(({ verdict, lane, count }) => {
    const label = labels.get(lane);
    return verdict === 'delivered' || label === undefined || count === 0
      ? []
      : [graphStrings.ended(verdictWords[verdict], count, label)];
  });
}
