import { expect, it } from 'vitest';
import type { HopView, LaneView, TrailView } from '../../../app/contract/trails.ts';
import { usText } from '../../state/text.ts';
import { columnsOf, type Laid } from './columns.ts';
import { linesOf } from './lines.ts';
import { fallsOf, gapsOf, sureUs, type GapWords } from './slant.ts';

/** `w1/eth0 out`, numbered in their order. */
const lanesOf = (...names: readonly string[]): LaneView[] =>
  names.map((name, at) => {
    const [place = '', way = ''] = name.split(' ');
    const [nodeLabel = '', interfaceName = ''] = place.split('/');
    return {
      ...{ id: at + 1, nodeLabel, interfaceName, podName: null, interfaceId: place, label: place },
      way: way as LaneView['way'],
    };
  });
const lanes = lanesOf(
  ...['w1/pod out', 'w1/cali in', 'w1/nic out', 'w2/nic in', 'w2/cali out', 'w2/pod in'],
  ...['w2/pod out', 'w2/cali in', 'w2/nic out', 'w1/nic in', 'w1/cali out', 'w1/pod in'],
);
let lastId = 0;
const trail = (passed: readonly number[], change: Partial<TrailView> = {}): TrailView => ({
  ...{ id: ++lastId, revision: 1, verdict: 'delivered', final: true, flow: 1, at: 0, bytes: 0 },
  ...{ summary: 'SYN 1 → 2', stop: null, because: null },
  sightings: passed.map((lane, at) => ({ lane, afterUs: at * 10, packet: at })),
  ...change,
});
const isForth = (flow: number): boolean => flow === 1;
const names = ({ columns }: Laid): string[] => columns.map(({ label }) => label);

it('question and answer share their lanes, in the order of the question, whichever was seen first', () => {
  const laid = columnsOf(
    [trail([7, 8, 9, 10, 11, 12], { flow: 2 }), trail([1, 2, 3, 4, 5, 6])],
    lanes,
    isForth,
  );
  expect(names(laid)).toEqual(['w1/pod', 'w1/cali', 'w1/nic', 'w2/nic', 'w2/cali', 'w2/pod']);
  expect(laid.placed.map(({ points }) => points.map(({ column }) => column))).toEqual([
    [5, 4, 3, 2, 1, 0],
    [0, 1, 2, 3, 4, 5],
  ]);
  expect(laid.columns.map(({ way }) => way)).toEqual(Array(6).fill(null));
});

it('a lane that a packet did not reach has its place; parts of ways are put together', () => {
  const lost = trail([1, 2, 3], { verdict: 'dropped', stop: { after: 3, before: 4 } });
  const laid = columnsOf([lost, trail([4, 5, 6]), trail([2, 3])], lanes, isForth);
  expect(names(laid)).toEqual(['w1/pod', 'w1/cali', 'w1/nic', 'w2/nic', 'w2/cali', 'w2/pod']);
  expect(laid.placed[0]).toMatchObject({ missingAt: 3 });
  expect(names(columnsOf([trail([2, 3, 4, 5]), trail([1, 2])], lanes, isForth))[0]).toBe('w1/pod');
});

it('an interface that is passed twice has two lanes, and they say which', () => {
  const turned = lanesOf('w1/nic in', 'w1/nic out', 'w2/nic in');
  const laid = columnsOf([trail([1, 2, 3])], turned, isForth);
  expect(laid.columns.map(({ way }) => way)).toEqual(['in', 'out', null]);
  expect(columnsOf([trail([99])], turned, isForth)).toMatchObject({ columns: [], placed: [{ points: [] }] });
});

it('folds what is alike, questions and answers apart, until something fares otherwise', () => {
  const ask = (change: Partial<TrailView> = {}): TrailView => trail([1, 2], change);
  const answer = (): TrailView => trail([11, 12], { flow: 2 });
  const lost = ask({ verdict: 'dropped', stop: { after: 2, before: 3 } });
  const rounds = [ask({ summary: 'A · 1 B' }), answer(), ask({ summary: 'A · 2 B' }), answer()];
  const { placed } = columnsOf([...rounds, lost, ask({ summary: 'A · 3 B' }), answer()], lanes, isForth);
  const lines = linesOf(placed, new Set());
  expect(lines.map(({ all, shown }) => [all.length, shown.back, shown.trail.verdict])).toEqual([
    [2, false, 'delivered'],
    [2, true, 'delivered'],
    [1, false, 'dropped'],
    [1, false, 'delivered'],
    [1, true, 'delivered'],
  ]);
  expect(linesOf(placed, new Set([lines[0]?.id ?? 0]))).toHaveLength(6);
  // Other flags, other lanes, another flow: not alike.
  const others = [ask(), ask({ summary: 'FIN 1 → 2' }), trail([1]), ask({ flow: 2 })];
  expect(linesOf(columnsOf(others, lanes, isForth).placed, new Set())).toHaveLength(4);
});

it('a line falls by what is known; between clocks that were not compared by what a wire takes, never upwards', () => {
  const sure = sureUs(lanes, []);
  const laid = columnsOf([trail([1, 2, 3, 4, 5])], lanes, isForth);
  const skewed = trail([1, 2, 3, 4, 5]);
  const sightings = skewed.sightings.map((one, at) => ({ ...one, afterUs: at < 3 ? at : -500_000 + at }));
  const other = columnsOf([{ ...skewed, sightings }], lanes, isForth);
  for (const { placed } of [laid, other]) {
    const falls = placed.flatMap((one) => fallsOf(one, sure));
    expect(falls).toEqual(falls.toSorted((a, b) => a - b));
    expect((falls[3] ?? 0) - (falls[2] ?? 0)).toBeCloseTo(Math.log1p(100));
  }
});

it('says the time within a node, ± between nodes, else half of the round trip, which no clock touches, else that it is not known', () => {
  const words: GapWords = {
    ...{ half: '½ RTT', notCompared: 'not compared', halfTitle: '', notComparedTitle: '' },
    ...{ seen: () => '', sure: () => '' },
  };
  const laid = columnsOf([trail([1, 2, 3, 4]), trail([9, 10, 11, 12], { flow: 2 })], lanes, isForth);
  const hop = (from: number, to: number, p50us: number | null, plusMinusUs: number | null): HopView => ({
    ...{ from, to, count: 3, p50us, p95us: p50us, plusMinusUs },
  });
  const within = [hop(1, 2, 4, 0), hop(2, 3, 7.4, 1)];
  const say = (hops: readonly HopView[]): string[] => gapsOf(laid, hops, words).map(({ text }) => text);
  expect(say([...within, hop(3, 4, 200, 130), hop(9, 10, 56, 130)])).toEqual([
    '4 µs',
    '7 µs',
    '½ RTT 128 µs',
  ]);
  expect(say([...within, hop(3, 4, 128, 40), hop(9, 10, 130, 40)])[2]).toBe('128 µs ± 40 µs');
  expect(say([hop(3, 4, 128, 90)])).toEqual(['', '', '128 µs ± 90 µs']);
  expect(say([hop(3, 4, null, null), hop(9, 10, null, null)])).toEqual(['', '', 'not compared']);
  expect([0, 0.4, 9.6, 999.4, 1_234, 45_678, 3_000_000].map(usText)).toEqual([
    ...['0 µs', '0.4 µs', '10 µs', '999 µs', '1.2 ms', '46 ms', '3.0 s'],
  ]);
});
