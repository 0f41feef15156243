import { describe, expect, it } from 'vitest';
import { buildTopology, buildView, classic, manyPods } from '../../dev/fixture.ts';
import { buildRows, type TreeRow } from './tree-model.ts';
import { moveFor, typeAhead } from './tree-keys.ts';

function rowsOf(plans: typeof classic, query = '', toggled: readonly string[] = []): TreeRow[] {
  return buildRows({
    topology: buildTopology(plans, 'lab'),
    statuses: buildView(plans, 'lab', 0).nodes,
    query,
    toggled: new Set(toggled),
  });
}

describe('rows', () => {
  const rows = rowsOf(classic);
  it('are nodes, their Pods, both ends of each veth pair, the nodes’ own interfaces, BGP', () => {
    expect(rows.filter((row) => row.level === 1).map((row) => row.label)).toEqual([
      'k8s-master',
      'k8s-worker-1',
      'k8s-worker-2',
      'BGP sessions',
      'k8s-master → k8s-worker-1',
      'k8s-master → k8s-worker-2',
      'k8s-worker-1 → k8s-master',
      'k8s-worker-1 → k8s-worker-2',
      'k8s-worker-2 → k8s-master',
      'k8s-worker-2 → k8s-worker-1',
    ]);
    for (const testId of [
      'tree-pod-c2c-network-demo',
      'tree-iface-k8s-worker-1-calid9d486e54a8',
      'tree-iface-k8s-worker-1-c2c-network-demo-eth0',
      'tree-iface-k8s-master-docker0',
    ])
      expect(rows.map((row) => row.testId)).toContain(testId);
  });
  it('have keys of their own', () => {
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });
  it('stay few while a large cluster is closed, and open one by one', () => {
    expect(rowsOf(manyPods(100, 100)).length).toBeLessThan(250);
    const opened = rowsOf(manyPods(10, 100), '', ['node:k8s-node-01']);
    expect(opened.filter((row) => row.kind === 'pod')).toHaveLength(100);
  });
});

describe('search', () => {
  it.each([
    ['calia4d5', ['k8s-worker-2', 'c2c-network-demo-w2', 'calia4d5046802b']],
    ['192.168.1.7', ['k8s-worker-1', 'coredns-7f9c', 'eth0']],
    ['KUBE-SYSTEM', ['k8s-worker-1', 'coredns-7f9c']],
    ['mesh_10_12_22_150', ['BGP sessions', 'k8s-worker-1 → k8s-master', 'k8s-worker-2 → k8s-master']],
    ['no such thing', []],
  ])('%s', (query, found) => {
    expect(rowsOf(classic, query).map((row) => row.label)).toEqual(found);
  });
});

describe('keys', () => {
  const rows = rowsOf(classic);
  it('walk, skip headings, and stop at the ends', () => {
    expect(moveFor(rows, null, 'ArrowDown', 10)).toEqual({ type: 'focus', key: 'node:k8s-master' });
    expect(moveFor(rows, 'node:k8s-master', 'ArrowUp', 10)).toEqual({
      type: 'focus',
      key: 'node:k8s-master',
    });
    const last = rows.at(-1)?.key ?? '';
    expect(moveFor(rows, null, 'End', 10)).toEqual({ type: 'focus', key: last });
    expect(moveFor(rows, last, 'ArrowDown', 10)).toEqual({ type: 'focus', key: last });
    for (let at: string | null = 'node:k8s-master'; at !== last;) {
      const move = moveFor(rows, at, 'ArrowDown', 10);
      expect(move?.key).not.toMatch(/^heading/);
      at = move?.key ?? last;
    }
  });
  it('open, close, and go to the parent', () => {
    const pod = 'pod:pod:k8s-worker-1-c2c-network-demo';
    expect(moveFor(rows, pod, 'ArrowLeft', 10)).toEqual({ type: 'toggle', key: pod });
    const closed = rowsOf(classic, '', [pod]);
    expect(moveFor(closed, pod, 'ArrowRight', 10)).toEqual({ type: 'toggle', key: pod });
    expect(moveFor(closed, pod, 'ArrowLeft', 10)).toEqual({ type: 'focus', key: 'node:k8s-worker-1' });
    expect(moveFor(rows, pod, 'Enter', 10)).toEqual({ type: 'activate', key: pod });
  });
  it('type-ahead goes on from where one is, and around', () => {
    expect(typeAhead(rows, null, 'cor')).toBe('pod:pod:k8s-worker-1-coredns-7f9c');
    expect(typeAhead(rows, 'node:k8s-master', 'k')).toBe('node:k8s-worker-1');
    expect(typeAhead(rows, 'node:k8s-worker-2', 'K8S-M')).not.toBeNull();
    expect(typeAhead(rows, null, 'zzz')).toBeNull();
  });
});
