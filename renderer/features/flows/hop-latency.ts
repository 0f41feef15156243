// What a flow's packets take from place to place. Pure.
import type { FlowView, HopView, LaneView } from '../../../app/contract/trails.ts';
import { usText } from '../../state/text.ts';

export interface HopPart {
  readonly from: string;
  readonly to: string;
  /** Null: between nodes whose clocks nobody can compare. */
  readonly us: number | null;
  /** By which it may be off: 0 within a node. */
  readonly plusMinusUs: number;
  /** Between two nodes. */
  readonly isWire: boolean;
}

export function hopParts(
  { hops }: Pick<FlowView, 'hops'>,
  lanes: readonly LaneView[],
  all: readonly HopView[],
): HopPart[] {
  return hops.flatMap(({ from, to, meanUs }): HopPart[] => {
    const [one, next] = [from, to].map((id) => lanes.find((lane) => lane.id === id));
    if (one === undefined || next === undefined) return [];
    const isWire = one.nodeLabel !== next.nodeLabel;
    const known = all.find((hop) => hop.from === from && hop.to === to);
    return [
      {
        ...{ from: one.label, to: next.label, us: meanUs, isWire },
        plusMinusUs: isWire ? (known?.plusMinusUs ?? 0) : 0,
      },
    ];
  });
}

/** "152 µs", "152 µs ± 120 µs"; with a part that nobody knows: "24 µs +?". Null: nothing is known. */
export function totalText(parts: readonly HopPart[]): string | null {
  const known = parts.filter(({ us }) => us !== null);
  if (known.length === 0) return null;
  const total = usText(known.reduce((sum, { us }) => sum + (us ?? 0), 0));
  if (known.length < parts.length) return `${total} + ?`;
  const plusMinus = known.reduce((sum, { plusMinusUs }) => sum + plusMinusUs, 0);
  return plusMinus === 0 ? total : `${total} ± ${usText(plusMinus)}`;
}

/** A share of the bar for each part: by the logarithm, so that what takes microseconds is seen beside what takes milliseconds. */
export function shares(parts: readonly HopPart[]): number[] {
  const sizes = parts.map(({ us }) => Math.log1p(Math.max(1, us ?? 1)));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => size / all);
}
