import { expect, it } from 'vitest';
import type { HopView, LaneView } from '../../../app/contract/trails.ts';
import { hopParts, type HopPart, shares, totalText } from './hop-latency.ts';

const lane = (id: number, nodeLabel: string): LaneView => ({
  ...{ id, nodeLabel, podName: null, interfaceName: 'eth0', interfaceId: null, way: 'out' },
  label: `${nodeLabel}/${String(id)}`,
});
const lanes = [lane(1, 'w1'), lane(2, 'w1'), lane(3, 'w2')];
const all: HopView[] = [{ from: 2, to: 3, count: 9, p50us: 130, p95us: 200, plusMinusUs: 120 }];
const parts = (...us: readonly (number | null)[]): HopPart[] =>
  hopParts({ hops: us.map((meanUs, at) => ({ from: at + 1, to: at + 2, meanUs })) }, lanes, all);

it('says what each hop takes, between nodes how far that may be off, and what nobody knows', () => {
  expect(parts(4, 128)).toEqual([
    { from: 'w1/1', to: 'w1/2', us: 4, plusMinusUs: 0, isWire: false },
    { from: 'w1/2', to: 'w2/3', us: 128, plusMinusUs: 120, isWire: true },
  ]);
  expect([parts(), parts(4), parts(4, 128), parts(4, null), parts(null)].map(totalText)).toEqual([
    ...[null, '4 µs', '132 µs ± 120 µs', '4 µs + ?', null],
  ]);
});

it('the bar is whole whatever is known', () => {
  for (const each of [parts(4, 128), parts(4, null), parts(-5, 1e6)])
    expect(shares(each).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
});
