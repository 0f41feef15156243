import { expect, it } from 'vitest';
import { noWatch, type VantagePointView, type WatchView } from '../../app/contract/watch.ts';
import { watchStep } from './watch-step.ts';

const point: VantagePointView = {
  id: 1,
  captureId: 1,
  label: 'n/ens192',
  nodeLabel: 'n',
  podName: null,
  interfaceName: 'ens192',
  interfaceId: 'nic',
  packets: 0,
};
const on: WatchView = {
  ...noWatch,
  run: 1,
  state: 'on',
  target: { podId: 'a', name: 'a', addresses: [] },
  vantagePoints: [point],
};
const idle = { view: noWatch, wished: null };
const watching = { view: on, wished: null };

it('a Pod is watched, once', () => {
  expect(watchStep({ kind: 'pod', id: 'a' }, idle)).toEqual({ type: 'start', podId: 'a' });
  expect(watchStep({ kind: 'pod', id: 'a' }, watching)).toEqual({ type: 'none' });
  expect(watchStep({ kind: 'pod', id: 'b' }, watching)).toEqual({ type: 'start', podId: 'b' });
});

it('looking elsewhere ends it; an interface on the way is not elsewhere', () => {
  expect(watchStep(null, watching)).toEqual({ type: 'stop' });
  expect(watchStep({ kind: 'node', id: 'n' }, watching)).toEqual({ type: 'stop' });
  expect(watchStep({ kind: 'interface', id: 'other' }, watching)).toEqual({ type: 'stop' });
  expect(watchStep({ kind: 'interface', id: 'nic' }, watching)).toEqual({ type: 'none' });
  expect(watchStep(null, idle)).toEqual({ type: 'none' });
  expect(watchStep(null, { view: { ...on, state: 'ended' }, wished: null })).toEqual({ type: 'none' });
});

it('what was asked for counts before main has shown it', () => {
  const starting = { view: noWatch, wished: { podId: 'a', afterRun: 0, granted: false } };
  expect(watchStep({ kind: 'pod', id: 'a' }, starting)).toEqual({ type: 'none' });
  expect(watchStep(null, starting)).toEqual({ type: 'stop' });
  const stopping = { view: on, wished: { podId: null, afterRun: 1, granted: false } };
  expect(watchStep({ kind: 'pod', id: 'a' }, stopping)).toEqual({ type: 'start', podId: 'a' });
  expect(watchStep(null, stopping)).toEqual({ type: 'none' });
});
