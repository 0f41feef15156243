import { expect, it } from 'vitest';
import type { FlowHop, HopView, LaneView } from '../../../app/contract/trails.ts';
import { hopParts, type HopPart, shares, totalText } from './hop-latency.ts';

const lane = (id: number, nodeLabel: string, way: LaneView['way'], place = id): LaneView => ({
  ...{ id, nodeLabel, podName: null, interfaceName: 'eth0', interfaceId: null, way },
  label: `${nodeLabel}/${String(place)}`,
});
const lanes = [
  ...[lane(1, 'w1', 'in'), lane(2, 'w1', 'out'), lane(3, 'w2', 'in'), lane(4, 'w2', 'out')],
  ...[lane(5, 'w2', 'out', 3), lane(6, 'w1', 'in', 2)],
];
const seen = (from: number, to: number, p50us: number): HopView => ({
  ...{ from, to, count: 9, p50us, p95us: p50us, plusMinusUs: 120 },
});
const hop = (from: number, to: number, meanUs: number | null, plusMinusUs = 0, count = 9): FlowHop => ({
  ...{ from, to, meanUs, plusMinusUs: meanUs === null ? null : plusMinusUs, count },
});
const parts = (hops: readonly FlowHop[], all: readonly HopView[] = []): HopPart[] =>
  hopParts({ hops }, lanes, all);
const within = hop(1, 2, 4);

it('says what each hop takes, between nodes how far that may be off, and what nobody knows', () => {
  expect(parts([within, hop(2, 3, 128, 40)])).toEqual([
    { from: 'w1/1', to: 'w1/2', took: { kind: 'within', us: 4 } },
    { from: 'w1/2', to: 'w2/3', took: { kind: 'known', us: 128, plusMinusUs: 40 } },
  ]);
  const each = [[], [within], [within, hop(2, 3, 128, 40)], [within, hop(2, 3, null)], [hop(2, 3, null)]];
  expect(each.map((hops) => totalText(parts(hops)))).toEqual([
    ...[null, '4 µs', '132 µs ± 40 µs', '4 µs + ?', null],
  ]);
});

it('where clocks are known too roughly for one way, half of the round trip', () => {
  const vague = [within, hop(2, 3, 128, 120)];
  expect(totalText(parts(vague, [seen(2, 3, 130), seen(5, 6, 70)]))).toBe('≈ 104 µs');
  expect(totalText(parts(vague, [seen(2, 3, 130)]))).toBe('132 µs ± 120 µs');
});

it('what few packets passed otherwise lengthens nothing: a place that was missed, another way', () => {
  const hops = [within, hop(2, 4, 300, 0, 1), hop(2, 3, 100, 10), hop(3, 4, 5), hop(4, 1, 7, 0, 2)];
  expect(parts(hops).map(({ to }) => to)).toEqual(['w1/2', 'w2/3', 'w2/4']);
  expect(totalText(parts(hops))).toBe('109 µs ± 10 µs');
});

it('the bar is whole whatever is known', () => {
  for (const hops of [
    [within, hop(2, 3, 128)],
    [within, hop(2, 3, null)],
    [hop(2, 3, -5), hop(3, 4, 1e6)],
  ])
    expect(shares(parts(hops)).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
});
