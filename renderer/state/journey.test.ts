import { beforeEach, expect, it } from 'vitest';
import type { LaneView, TrailView } from '../../app/contract/trails.ts';
import type { TraceHop, TracePath, TraceRequest } from '../../app/trace/model.ts';
import {
  alongPath,
  goToStep,
  journeyOf,
  playOn,
  setJourneyQuestion,
  stepBy,
  togglePlaying,
  useJourneyState,
} from './journey.ts';
import { clearTrace, useTrace } from './trace.ts';
import { selectTrails, useTrails } from './trails.ts';

const trail = (id: number, places: number): TrailView => ({
  ...{ id, revision: 1, verdict: 'delivered', final: true, flow: 1, at: id, bytes: 0, summary: '' },
  ...{ stop: null, because: null },
  sightings: Array.from({ length: places }, (_, at) => ({ lane: at + 1, afterUs: at, packet: at })),
});
const stands = (): [number, number, boolean] | null => {
  const journey = journeyOf(useTrails.getState().selected, useJourneyState.getState());
  return journey === null ? null : [journey.trail.id, journey.at, journey.playing];
};

beforeEach(() => {
  selectTrails([]);
});

it('what is selected has arrived; steps go to its ends and no further, and another packet begins anew', () => {
  expect(stands()).toBeNull();
  selectTrails([trail(1, 3), trail(2, 6)]);
  expect(stands()).toEqual([2, 5, false]);
  stepBy(1);
  expect(stands()).toEqual([2, 5, false]);
  stepBy(-2);
  expect(stands()).toEqual([2, 3, false]);
  goToStep(-9);
  expect(stands()).toEqual([2, 0, false]);
  selectTrails([trail(3, 4)]);
  expect(stands()).toEqual([3, 3, false]);
});

it('plays from the beginning once it has arrived, else from where it stands, and stops at the end', () => {
  selectTrails([trail(4, 3)]);
  togglePlaying();
  expect(stands()).toEqual([4, 0, true]);
  playOn();
  expect(stands()).toEqual([4, 1, true]);
  togglePlaying();
  playOn();
  expect(stands()).toEqual([4, 1, false]);
  togglePlaying();
  playOn();
  expect(stands()).toEqual([4, 2, false]);
});

it('a packet whose way turns out to be shorter stands at its end', () => {
  selectTrails([trail(5, 6)]);
  goToStep(4);
  selectTrails([trail(5, 2)]);
  expect(stands()).toEqual([5, 1, false]);
});

const lane = (interfaceId: string, way: LaneView['way']): LaneView => ({
  ...{ id: 1, nodeLabel: 'w1', podName: null, interfaceName: 'eth0', interfaceId, way, label: interfaceId },
});
const path = (...hops: readonly (readonly [string | null, string | null])[]): TracePath =>
  ({ hops: hops.map(([ingressId, egressId]) => ({ ingressId, egressId }) as TraceHop) }) as TracePath;

it('finds the path that a packet went, the way back among them, and its hop at each place', () => {
  const other = path([null, 'a'], ['b', 'x']);
  const forth = path([null, 'a'], ['b', 'c'], ['d', null]);
  const back = path([null, 'd'], ['c', 'b'], ['a', null]);
  const answer = { paths: [other, forth], reverse: back };
  const went = [lane('a', 'out'), lane('b', 'in'), lane('c', 'out'), lane('d', 'in')];
  const along = alongPath(answer, went);
  expect([along?.shown, ...went.map((each) => along?.hopOf(each))]).toEqual([1, 0, 1, 1, 2]);
  const came = [lane('d', 'out'), lane('c', 'in'), lane('b', 'out'), lane('a', 'in')];
  expect(alongPath(answer, came)?.shown).toBe('back');
  expect(alongPath(answer, [lane('z', 'in')])).toBeNull();
});

it('says the rule of the path that ends where the packet did, and none that another path may contradict', () => {
  const because = (each: TracePath, ...rules: readonly string[]): TracePath => ({
    ...each,
    hops: each.hops.map((hop, at) => ({ ...hop, because: rules[at] ?? '' })),
  });
  const on = because(path([null, 'a'], ['b', 'c'], ['d', null]), 'route', 'route to d', 'received');
  const stops = because(path([null, 'a'], ['b', null]), 'route', 'policy');
  const lost = [lane('a', 'out'), lane('b', 'in')];
  const rules = (paths: TracePath[], went: readonly (LaneView | null)[]): unknown =>
    alongPath({ paths, reverse: null }, went)?.because;
  expect(rules([on, stops], lost)).toEqual(['route', 'policy']);
  const other = because(path([null, 'a'], ['b', 'x'], ['y', null]), 'route', 'route to y', 'received');
  expect(rules([on, other], lost)).toEqual(['route', null]);
  // It was seen next where this path does not lead.
  expect(rules([on], [...lost, lane('z', 'in')])).toEqual(['route', null, null]);
  expect(rules([on], [...lost, null])).toEqual(['route', null, null]);
  // Out into a tunnel: the wire beneath it is on no path.
  const tunnelled = [...lost, lane('c', 'out'), lane('nic', 'out')];
  expect(rules([on], tunnelled)).toEqual(['route', 'route to d', 'route to d', null]);
});

it('leaves alone what somebody writes in the trace bar and has not asked yet', () => {
  const question: TraceRequest = { from: '10.0.0.1', to: '10.0.0.2', proto: 'tcp', port: 80, size: null };
  clearTrace();
  useTrace.setState({ to: 'web' });
  setJourneyQuestion(question);
  expect(useTrace.getState()).toMatchObject({ asked: null, from: null, to: 'web' });
  setJourneyQuestion(null);
  // Asked by itself, and then written over.
  useTrace.setState({ asked: question, from: '10.0.0.1', to: 'web', what: 'tcp 80' });
  useJourneyState.setState({ asked: question, question });
  setJourneyQuestion(null);
  expect(useTrace.getState()).toMatchObject({ asked: null, from: '10.0.0.1', to: 'web', what: 'tcp 80' });
  clearTrace();
});
