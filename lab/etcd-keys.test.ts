import { expect, it } from 'vitest';
import { etcdKeys } from './etcd-keys.ts';
import { DEFAULT_SHAPE, planLab } from './plan.ts';

function keysOf(shape: Partial<typeof DEFAULT_SHAPE>): Record<string, string> {
  const plan = planLab('test', { ...DEFAULT_SHAPE, ...shape });
  if (!plan.ok) throw new Error(plan.failure.sentence);
  return Object.fromEntries(etcdKeys(plan.value));
}

it('etcd has Calico’s keys, with JSON behind each, and some of Kubernetes’', () => {
  const keys = keysOf({ ipv6: true });
  expect(Object.keys(keys)).toEqual(
    expect.arrayContaining([
      '/calico/ipam/v2/assignment/ipv4/block/192.168.1.0-24',
      '/calico/ipam/v2/host/k8s-worker-1/ipv4/block/192.168.1.0-24',
      '/calico/resources/v3/projectcalico.org/ippools/default-ipv6-ippool',
      '/calico/resources/v3/projectcalico.org/workloadendpoints/default/k8s--worker--1-k8s-c2c--network--demo-eth0',
      '/registry/secrets/kube-system/bootstrap-token-abcdef',
    ]),
  );
  for (const [key, value] of Object.entries(keys))
    if (key.startsWith('/calico/')) expect(typeof JSON.parse(value)).toBe('object');
});

it('without Calico there are none of its', () => {
  expect(Object.keys(keysOf({ mode: 'flannel' })).every((key) => key.startsWith('/registry/'))).toBe(true);
});
