import { describe, expect, it } from 'vitest';
import { meshProtocol, nodeMac, workloadInterface } from './addressing.ts';

describe('workloadInterface', () => {
  it('is what Calico made of three known Pods', () => {
    expect(workloadInterface('gravity', 'pvos-switch-state-processor-1')).toBe('cali8536608cf3f');
    expect(workloadInterface('default', 'c2c-network-demo')).toBe('calid9d486e54a8');
    expect(workloadInterface('default', 'c2c-network-demo-w2')).toBe('calia4d5046802b');
  });
});

it("names BIRD's sessions and worker 1's NIC as the walkthrough shows them", () => {
  expect(meshProtocol('10.12.22.152')).toBe('Mesh_10_12_22_152');
  expect(nodeMac(1)).toBe('00:50:56:b4:bf:02');
});
