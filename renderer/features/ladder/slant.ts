// How far a line falls between two lanes, and what is said of the time between them. Pure.
import type { HopView, LaneView } from '../../../app/contract/trails.ts';
import { oneWay } from '../../state/one-way.ts';
import { usText } from '../../state/text.ts';
import type { Laid, Placed } from './columns.ts';

/** µs between two nodes as far as a line's slant goes where nobody knows: an ordinary wire. */
const UNKNOWN_US = 100;

/** How sure the time between two lanes is: 0 within a node. */
export type SureUs = (from: number, to: number) => number | null;

export function sureUs(lanes: readonly LaneView[], hops: readonly HopView[]): SureUs {
  const nodes = new Map(lanes.map(({ id, nodeLabel }) => [id, nodeLabel]));
  const known = new Map(
    hops.map(({ from, to, plusMinusUs }) => [`${String(from)} ${String(to)}`, plusMinusUs]),
  );
  return (from, to) =>
    nodes.get(from) === nodes.get(to) ? 0 : (known.get(`${String(from)} ${String(to)}`) ?? null);
}

/** Of each point, how far below its first it lies: longer is further, but a second does not make microseconds flat. */
export function fallsOf({ points }: Placed, sure: SureUs): number[] {
  let fall = 0;
  return points.map(({ lane, afterUs }, at) => {
    const before = points[at - 1];
    if (before === undefined) return 0;
    const us = sure(before.lane, lane) === null ? UNKNOWN_US : Math.max(0, afterUs - before.afterUs);
    fall += Math.log1p(us);
    return fall;
  });
}

export interface Gap {
  /** Said above the lines; empty: nothing is known. */
  readonly text: string;
  readonly title: string;
  /** Between two nodes. */
  readonly isWire: boolean;
}

export interface GapWords {
  readonly half: string;
  readonly notCompared: string;
  readonly seen: (count: number, p50: string, p95: string) => string;
  readonly sure: (plusMinus: string) => string;
  readonly halfTitle: string;
  readonly notComparedTitle: string;
}

/** Of the way between each column and the next. */
export function gapsOf(
  { columns, columnOf }: Pick<Laid, 'columns' | 'columnOf'>,
  hops: readonly HopView[],
  words: GapWords,
): Gap[] {
  return columns.slice(0, -1).map((column, at) => {
    const isWire = column.nodeLabel !== columns[at + 1]?.nodeLabel;
    const between = (back: boolean): HopView | undefined =>
      hops.find(({ from, to }) => {
        const [left, right] = back ? [to, from] : [from, to];
        return columnOf(left, back) === at && columnOf(right, back) === at + 1;
      });
    const [forth, answer] = [between(false), between(true)];
    const one = forth ?? answer;
    if (one === undefined) return { text: '', title: '', isWire };
    const { count, p50us, p95us, plusMinusUs } = one;
    const round = [forth?.p50us ?? null, answer?.p50us ?? null] as const;
    const way = oneWay({ us: p50us, plusMinusUs }, isWire, round);
    const seen = words.seen(count, usText(p50us ?? 0), usText(p95us ?? 0));
    switch (way.kind) {
      case 'notCompared':
        return { text: words.notCompared, title: words.notComparedTitle, isWire };
      case 'within':
        return { text: usText(way.us), title: seen, isWire };
      case 'half':
        return {
          text: `${words.half} ${usText(way.us)}`,
          title: `${words.halfTitle} ${words.sure(usText(way.plusMinusUs))}`,
          isWire,
        };
      case 'known':
        return {
          text: `${usText(way.us)} ± ${usText(way.plusMinusUs)}`,
          title: `${seen} ${words.sure(usText(way.plusMinusUs))}`,
          isWire,
        };
    }
  });
}
