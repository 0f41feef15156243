import { expect, it } from 'vitest';
import { trafficLine } from './summary.ts';

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
  expect(trafficLine(point, { inbound: 1_120, outbound: 118 })).toBe(
    'Packets at k8s-worker-1/ens192: 1,120 in, 118 out',
  );
  expect(trafficLine(point, null)).toBe('Packets at k8s-worker-1/ens192: 1,238');
});
