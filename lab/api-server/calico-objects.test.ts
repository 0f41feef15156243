import { expect, it } from 'vitest';
import { blockAffinityObject, ipamBlockObject } from './calico-objects.ts';
import { listAt } from './json.ts';

it('shapes a block as Calico keeps it', () => {
  const pod = (name: string, ip: string): Parameters<typeof ipamBlockObject>[0]['allocations'][number] => {
    return { ip, handleId: `k8s-pod-network.${name}`, node: 'k8s-worker-1', namespace: 'default', pod: name };
  };
  const block = ipamBlockObject({
    cidr: '192.168.1.64/30',
    node: 'k8s-worker-1',
    allocations: [
      {
        ip: '192.168.1.64',
        handleId: 'vxlan-tunnel-addr-k8s-worker-1',
        node: 'k8s-worker-1',
        type: 'vxlanTunnelAddress',
      },
      pod('web', '192.168.1.66'),
    ],
  });
  expect(block).toEqual({
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPAMBlock',
    metadata: { name: '192-168-1-64-30' },
    spec: {
      affinity: 'host:k8s-worker-1',
      allocations: [0, null, 1, null],
      attributes: [
        {
          handle_id: 'vxlan-tunnel-addr-k8s-worker-1',
          secondary: { node: 'k8s-worker-1', type: 'vxlanTunnelAddress' },
        },
        {
          handle_id: 'k8s-pod-network.web',
          secondary: { namespace: 'default', node: 'k8s-worker-1', pod: 'web' },
        },
      ],
      cidr: '192.168.1.64/30',
      deleted: false,
      sequenceNumber: 2,
      sequenceNumberForAllocation: { '0': 0, '2': 1 },
      strictAffinity: false,
      unallocated: [1, 3],
    },
  });
});

it('counts ordinals in IPv6 blocks too', () => {
  const allocations = [
    { ip: 'fd00:192:168::1:c7', handleId: 'h', node: 'n' },
    { ip: 'fd00:192:168::1:c0', handleId: 'i', node: 'n' },
  ];
  const block = ipamBlockObject({ cidr: 'fd00:192:168::1:c0/122', node: 'n', allocations });
  const slots = listAt(block, 'spec', 'allocations');
  expect(slots).toHaveLength(64);
  expect([slots[0], slots[7]]).toEqual([1, 0]);
});

it.each(['192.168.2.1', '192.169.1.70', '192.168.1.68', 'fd00::1'])(
  'refuses %s, which lies elsewhere',
  (ip) => {
    const allocations = [{ ip, handleId: 'h', node: 'n' }];
    expect(() => ipamBlockObject({ cidr: '192.168.1.64/30', allocations })).toThrow(RangeError);
  },
);

it('names an affinity by node and block', () => {
  expect(blockAffinityObject('k8s-worker-1', '192.168.1.0/24')).toMatchObject({
    metadata: { name: 'k8s-worker-1-192-168-1-0-24' },
    spec: { cidr: '192.168.1.0/24', deleted: 'false', node: 'k8s-worker-1', state: 'confirmed' },
  });
});
