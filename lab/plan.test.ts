import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../app/testing/runs.ts';
import { DEFAULT_SHAPE, isInstanceName, planLab } from './plan.ts';

function plan(nodes: number, pods: number): NonNullable<ReturnType<typeof planOrNull>> {
  const made = planOrNull('test', nodes, pods);
  if (made === null) throw new Error('no plan');
  return made;
}

function planOrNull(name: string, nodes: number, pods: number) {
  const made = planLab(name, { ...DEFAULT_SHAPE, nodes, pods });
  return made.ok ? made.value : null;
}

describe('planLab', () => {
  it('is by default the classic three machines and four Pods', () => {
    const { nodes } = plan(DEFAULT_SHAPE.nodes, DEFAULT_SHAPE.pods);
    expect(nodes.map(({ name, address }) => `${name} ${address}`)).toEqual([
      'k8s-master 10.12.22.150',
      'k8s-worker-1 10.12.22.151',
      'k8s-worker-2 10.12.22.152',
    ]);
    const pods = nodes.flatMap((node) =>
      node.pods.map((pod) => `${pod.name} ${pod.address} ${pod.hostIfindex}`),
    );
    expect(pods).toEqual([
      'c2c-network-demo 192.168.1.2 4',
      'web-1 192.168.1.3 5',
      'c2c-network-demo-w2 192.168.2.3 5',
      'web-2 192.168.2.2 4',
    ]);
  });

  it('never gives an address, an interface name or an ifindex of a node twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 104 }), fc.integer({ min: 0, max: 250 }), (nodes, pods) => {
        const made = plan(nodes, pods);
        const all = made.nodes.flatMap((node) => node.pods);
        expect(all).toHaveLength((nodes - 1) * pods);
        expect(new Set(all.map((pod) => pod.address)).size).toBe(all.length);
        expect(new Set(all.map((pod) => pod.name)).size).toBe(all.length);
        expect(new Set(all.map((pod) => pod.hostInterface)).size).toBe(all.length);
        expect(new Set(made.nodes.map((node) => node.mac)).size).toBe(nodes);
        for (const node of made.nodes) {
          expect(new Set(node.pods.map((pod) => pod.hostIfindex)).size).toBe(node.pods.length);
        }
      }),
      { numRuns: runs(15) },
    );
  });

  it('refuses sizes and names that cannot be', () => {
    expect(planOrNull('test', 0, 2)).toBeNull();
    expect(planOrNull('test', 105, 2)).toBeNull();
    expect(planOrNull('test', 3, 251)).toBeNull();
    expect(planOrNull('../etc', 3, 2)).toBeNull();
    expect(isInstanceName('.lock-default')).toBe(false);
  });
});
