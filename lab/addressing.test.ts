import { describe, expect, it } from 'vitest';
import { dockerMac, MAX_WORKERS, nodeMac, peerProtocolName, workloadInterface } from './addressing.ts';

describe('workloadInterface', () => {
  it('is what Calico made of three known Pods', () => {
    expect(workloadInterface('gravity', 'pvos-switch-state-processor-1')).toBe('cali8536608cf3f');
    expect(workloadInterface('default', 'c2c-network-demo')).toBe('calid9d486e54a8');
    expect(workloadInterface('default', 'c2c-network-demo-w2')).toBe('calia4d5046802b');
  });
});

it("names BIRD's sessions and worker 1's NIC as the walkthrough shows them", () => {
  expect(peerProtocolName('Mesh', '10.12.22.152')).toBe('Mesh_10_12_22_152');
  expect(nodeMac(1)).toBe('00:50:56:b4:bf:02');
});

it('gives every node a hardware address of its own for each of its two interfaces', () => {
  const nodes = Array.from({ length: MAX_WORKERS + 1 }, (_, index) => index);
  for (const mac of [nodeMac, dockerMac]) {
    const all = nodes.map(mac);
    expect(all.filter((address) => !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(address))).toEqual([]);
    expect(new Set(all).size).toBe(nodes.length);
  }
});
