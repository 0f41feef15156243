import { expect, it } from 'vitest';
import { trafficLines } from './summary.ts';

const point = {
  id: 1,
  captureId: 1,
  label: 'k8s-worker-1/ens192',
  nodeLabel: 'k8s-worker-1',
  podName: null,
  interfaceName: 'ens192',
  interfaceId: 'if',
  packets: 1_238,
};

it('says what came in and what went out, or their sum', () => {
  expect(trafficLines([point], () => ({ inbound: 1_120, outbound: 118 }))).toEqual([
    'Packets at k8s-worker-1/ens192: 1,120 in, 118 out',
  ]);
  expect(trafficLines([point], () => null)).toEqual(['Packets at k8s-worker-1/ens192: 1,238']);
});

it('says the sum, too, when this window was told of a part only', () => {
  expect(trafficLines([point], () => ({ inbound: 7, outbound: 5 }))).toEqual([
    'Packets at k8s-worker-1/ens192: 1,238',
  ]);
});

it('says one line for a capture that was begun anew', () => {
  const anew = { ...point, id: 7, captureId: 4, packets: 12 };
  expect(trafficLines([point, anew], () => ({ inbound: 1_130, outbound: 120 }))).toEqual([
    'Packets at k8s-worker-1/ens192: 1,130 in, 120 out',
  ]);
});
