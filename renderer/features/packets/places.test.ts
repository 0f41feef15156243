import { expect, it } from 'vitest';
import { type CaptureView, noLoss, type VantagePointView } from '../../../app/contract/watch.ts';
import { placesOf } from './places.ts';

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
