// What a flow's packets take from place to place, on the way that most of them went. Pure.
import type { FlowHop, FlowView, HopView, LaneView } from '../../../app/contract/trails.ts';
import { backOf, type OneWay, oneWay } from '../../state/one-way.ts';
import { usText } from '../../state/text.ts';

export interface HopPart {
  readonly from: string;
  readonly to: string;
  readonly took: OneWay;
}

export function hopParts(
  { hops }: Pick<FlowView, 'hops'>,
  lanes: readonly LaneView[],
  all: readonly HopView[],
): HopPart[] {
  const p50 = (way: Pick<FlowHop, 'from' | 'to'> | null): number | null =>
    all.find(({ from, to }) => from === way?.from && to === way.to)?.p50us ?? null;
  return mostPassed(hops).flatMap((hop): HopPart[] => {
    const [one, next] = [hop.from, hop.to].map((id) => lanes.find((lane) => lane.id === id));
    if (one === undefined || next === undefined) return [];
    const timed = { us: hop.meanUs, plusMinusUs: hop.plusMinusUs };
    const round = [p50(hop), p50(backOf(hop, lanes))] as const;
    const took = oneWay(timed, one.nodeLabel !== next.nodeLabel, round);
    return [{ from: one.label, to: next.label, took }];
  });
}

/** One chain of them: a packet that was missed at a place, or went another way, does not lengthen it. */
function mostPassed(hops: readonly FlowHop[]): FlowHop[] {
  const most = (of: readonly FlowHop[]): FlowHop | undefined => of.toSorted((a, b) => b.count - a.count)[0];
  const first = most(hops);
  if (first === undefined) return [];
  const chain = [first];
  const passed = new Set([first.from, first.to]);
  for (let next = first; ;) {
    const on = most(hops.filter(({ from, to }) => from === next.to && !passed.has(to)));
    if (on === undefined) break;
    chain.push(on);
    passed.add(on.to);
    next = on;
  }
  for (let next = first; ;) {
    const before = most(hops.filter(({ from, to }) => to === next.from && !passed.has(from)));
    if (before === undefined) break;
    chain.unshift(before);
    passed.add(before.from);
    next = before;
  }
  return chain;
}

function usOf({ took }: HopPart): number | null {
  return took.kind === 'notCompared' ? null : took.us;
}

/**
 * "152 µs", "152 µs ± 40 µs"; with half a round trip in it "≈ 152 µs", with a part that nobody knows "24 µs + ?". Null: nothing is
 * known.
 */
export function totalText(parts: readonly HopPart[]): string | null {
  const known = parts.map(usOf).filter((us) => us !== null);
  if (known.length === 0) return null;
  const total = usText(known.reduce((sum, us) => sum + us, 0));
  if (known.length < parts.length) return `${total} + ?`;
  if (parts.some(({ took }) => took.kind === 'half')) return `≈ ${total}`;
  const plusMinus = parts.reduce((sum, { took }) => sum + (took.kind === 'known' ? took.plusMinusUs : 0), 0);
  return plusMinus === 0 ? total : `${total} ± ${usText(plusMinus)}`;
}

/** A share of the bar for each part: by the logarithm, so that what takes microseconds is seen beside what takes milliseconds. */
export function shares(parts: readonly HopPart[]): number[] {
  const sizes = parts.map((part) => Math.log1p(Math.max(1, usOf(part) ?? 1)));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => size / all);
}
