import { describe, expect, it } from 'vitest';
import { fakeTraceServices } from '../../dev/fake-trace.ts';
import { buildTopology } from '../../dev/fixture.ts';
import { classic, manyPods } from '../../dev/plans.ts';
import { endOptions } from './end-options.ts';

const topology = buildTopology(classic, 'lab');
const ends = (side: 'from' | 'to', written: string): string[] =>
  endOptions(topology, fakeTraceServices, side, written).map(({ end }) => end);

describe('who a trace may begin at and lead to', () => {
  it('is found by a part of its name, its address, its node', () => {
    expect(ends('to', 'w2')).toEqual(['default/c2c-network-demo-w2']);
    expect(ends('to', '192.168.2.9')).toEqual(['shop/web-5d9f']);
    expect(ends('to', 'coredns worker-1')).toEqual(['kube-system/coredns-7f9c']);
    expect(ends('to', '10.12.22.150')).toEqual(['k8s-master']);
  });

  it('is a Service only where something is sent to it', () => {
    expect(ends('to', 'kube-dns')).toEqual(['svc/kube-system/kube-dns']);
    expect(ends('from', 'kube-dns')).toEqual([]);
  });

  it('is a list that one can read, however many Pods there are', () => {
    const crowd = buildTopology(manyPods(20, 50), 'lab');
    expect(endOptions(crowd, null, 'to', '')).toHaveLength(40);
    expect(endOptions(null, null, 'to', '')).toEqual([]);
  });
});
