import { expect, it } from 'vitest';
import { type CaptureView, noLoss, type VantagePointView } from '../../../app/contract/watch.ts';
import { placesOf, toldAt } from './places.ts';

function point(id: number, captureId: number, interfaceId: string | null, packets: number): VantagePointView {
  return {
    id,
    captureId,
    label: 'k8s-worker-2/ens192',
    nodeLabel: 'k8s-worker-2',
    podName: null,
    interfaceName: 'ens192',
    interfaceId,
    packets,
  };
}

function capture(id: number, state: CaptureView['state']): CaptureView {
  return {
    id,
    nodeLabel: 'k8s-worker-2',
    pod: null,
    state,
    since: 0,
    sentence: null,
    packets: 0,
    loss: noLoss,
    watermark: null,
  };
}

it('a capture begun anew is the same place, which does as the newest does and has the packets of both', () => {
  const places = placesOf({
    vantagePoints: [point(9, 4, 'nic', 30), point(2, 1, 'nic', 120)],
    captures: [capture(1, 'off'), capture(4, 'running')],
  });
  expect(places).toEqual([
    { point: point(9, 4, 'nic', 150), captures: [capture(1, 'off'), capture(4, 'running')] },
  ]);
});

it('a place does as the capture that took over does, before that has seen a packet there', () => {
  const took = capture(5, 'starting');
  const inside = { ...capture(6, 'running'), pod: { id: 'p', name: 'p' } };
  const states = (before: CaptureView): CaptureView['state'][] =>
    placesOf({ vantagePoints: [point(2, 1, 'nic', 120)], captures: [before, took, inside] }).flatMap(
      ({ captures }) => captures.map(({ state }) => state),
    );
  expect(states(capture(1, 'off'))).toEqual(['off', 'starting']);
  // This one is off for a reason, which must be seen.
  expect(states({ ...capture(1, 'off'), sentence: 'There is no tcpdump.' })).toEqual(['off']);
});

it('another interface of the same name is another place', () => {
  const places = placesOf({
    vantagePoints: [point(1, 1, 'old', 5), point(2, 1, 'new', 6), point(3, 2, null, 7)],
    captures: [capture(1, 'running')],
  });
  expect(places.map(({ point: { packets }, captures }) => [packets, captures.length])).toEqual([
    [5, 1],
    [6, 1],
    [7, 0],
  ]);
});

it('losses of a capture and of the one before it are told once, at the last of their places', () => {
  const [old, took] = [capture(1, 'off'), capture(5, 'running')];
  const veth = { ...point(3, 1, 'veth', 9), label: 'k8s-worker-2/cali' };
  const places = placesOf({
    vantagePoints: [point(2, 1, 'nic', 120), veth, point(7, 5, 'nic', 1)],
    captures: [old, took],
  });
  expect(places.map((_, index) => toldAt(places, index))).toEqual([[], [old, took]]);
});
