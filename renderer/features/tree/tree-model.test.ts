import { describe, expect, it } from 'vitest';
import { buildTopology } from '../../dev/fixture.ts';
import { buildView } from '../../dev/plan-view.ts';
import { classic, manyPods } from '../../dev/plans.ts';
import { troublePods } from '../../dev/troubled.ts';
import type { TreeRow } from './row.ts';
import { buildRows } from './tree-model.ts';
import { createDefaultsKeeper, pathTo } from './tree-open.ts';
import { moveFor, typeAhead } from './tree-keys.ts';

function rowsOf(
  plans: typeof classic,
  query = '',
  open: Readonly<Record<string, boolean>> = {},
  topology = buildTopology(plans, 'lab'),
): TreeRow[] {
  const statuses = buildView(plans, 'lab', 0).nodes;
  const defaults = createDefaultsKeeper()(topology, statuses);
  return buildRows({ topology, statuses, query, open: new Map(Object.entries(open)), defaults });
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
    const opened = rowsOf(manyPods(10, 100), '', { 'node:k8s-node-01': true });
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
    const closed = rowsOf(classic, '', { [pod]: false });
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

describe('what is open', () => {
  const { nodes: statuses } = buildView(classic, 'lab', 0);
  const grown = classic.map((plan) => ({
    ...plan,
    pods: [...plan.pods, ...(manyPods(1, 9)[0]?.pods ?? [])],
  }));
  const openKeys = (rows: readonly TreeRow[]): string[] =>
    rows.filter((row) => row.open === true && row.key in known).map((row) => row.key);
  const known = Object.fromEntries(rowsOf(classic).map((row) => [row.key, true]));
  it('stays open when Pods come that would have closed it', () => {
    const defaultsOf = createDefaultsKeeper();
    const [few, many] = [classic, grown].map((plans) => {
      const topology = buildTopology(plans, 'lab');
      const defaults = defaultsOf(topology, statuses);
      return openKeys(buildRows({ topology, statuses, query: '', open: new Map(), defaults }));
    });
    expect(few).toHaveLength(7);
    expect(many).toEqual(few);
    expect(openKeys(rowsOf(grown)), 'as the first thing seen').toHaveLength(3);
  });
  it('is not fixed before every node has answered or failed to', () => {
    const defaultsOf = createDefaultsKeeper();
    const [first, ...others] = statuses.map((status) => ({ ...status, state: 'connecting' as const }));
    if (first === undefined) throw new Error('three nodes');
    const early = buildTopology(classic.slice(0, 1), 'lab');
    expect(defaultsOf(early, [{ ...first, state: 'connected' }, ...others])).toEqual({
      nodes: true,
      pods: true,
    });
    const late = buildTopology(grown, 'lab');
    expect(defaultsOf(late, statuses)).toEqual({ nodes: true, pods: false });
    expect(defaultsOf(early, statuses), 'now it is').toEqual({ nodes: true, pods: false });
    expect(defaultsOf(buildTopology(classic, 'another'), statuses)).toEqual({ nodes: true, pods: true });
  });
  it('a search opens everything, and what is closed in it is only of that search', () => {
    const found = rowsOf(classic, 'cali', { 'node:k8s-worker-1': false });
    expect(found.map((row) => [row.label, row.open]).slice(0, 3)).toEqual([
      ['k8s-worker-1', false],
      ['k8s-worker-2', true],
      ['c2c-network-demo-w2', true],
    ]);
  });
});

it('a selection has a row, and the rows above it', () => {
  const topology = buildTopology(manyPods(10, 100), 'lab');
  const pod = Object.values(topology.pods).find((each) => each.nodeName === 'k8s-node-07');
  if (pod === undefined || pod.podInterfaceId === null) throw new Error('the fixture has Pods');
  const paths = [
    pathTo(topology, { kind: 'pod', id: pod.id }),
    pathTo(topology, { kind: 'interface', id: pod.podInterfaceId }),
    pathTo(topology, { kind: 'node', id: 'node:k8s-node-07' }),
    pathTo(topology, { kind: 'bgp', id: 'bgp:k8s-node-01/Mesh_10_12_22_151' }),
  ];
  for (const path of paths) {
    const above = Object.fromEntries(path.slice(0, -1).map((key) => [key, true]));
    expect(rowsOf(manyPods(10, 100), '', above).map((row) => row.key)).toContain(path.at(-1));
  }
  expect(paths.map((path) => path.length)).toEqual([2, 3, 1, 1]);
  expect(pathTo(topology, { kind: 'pod', id: 'gone' })).toEqual([]);
});

it('a closed node tells how many of its Pods are in trouble, an open one leaves it to their rows', () => {
  const plans = manyPods(10, 100);
  const topology = troublePods(buildTopology(plans, 'lab'), 'k8s-node-02', { failed: 3, down: 1 });
  const row = (open: Readonly<Record<string, boolean>>): unknown[] => {
    const found = rowsOf(plans, '', open, topology).find((each) => each.label === 'k8s-node-02');
    return [found?.remark, found?.tone];
  };
  expect(row({})).toEqual(['Pods: 1 down, 3 unwell', 'bad']);
  expect(row({ 'node:k8s-node-02': true })).toEqual(['', 'plain']);
});

it('rows of a node whose facts may no longer hold are dimmed, those of others are not', () => {
  const topology = buildTopology(classic, 'lab');
  const statuses = buildView(classic, 'lab', 0).nodes.map((status) =>
    status.label === 'k8s-worker-1' ? { ...status, state: 'waiting' as const } : status,
  );
  const rows = buildRows({
    topology,
    statuses,
    query: '',
    open: new Map(),
    defaults: { nodes: true, pods: true },
  });
  const dimmed = rows.filter((row) => row.dimmed).map((row) => row.label);
  expect(dimmed).toEqual([
    'k8s-worker-1',
    'c2c-network-demo',
    'calid9d486e54a8',
    'eth0',
    'coredns-7f9c',
    'cali5a1fe07b2c3',
    'eth0',
    'lo',
    'ens192',
    'docker0',
    'k8s-worker-1 → k8s-master',
    'k8s-worker-1 → k8s-worker-2',
  ]);
  const session = rows.find(({ label }) => label === 'k8s-worker-1 → k8s-master');
  expect(session?.tooltip).toContain('k8s-worker-1 is not connected');
});

it('each row says which of how many it is under its parent', () => {
  const rows = rowsOf(classic);
  const place = (label: string): unknown[] => {
    const row = rows.find((each) => each.label === label);
    return [row?.position, row?.siblings];
  };
  // Three nodes and six ends of BGP sessions stand at the top; a worker has two Pods and three interfaces.
  expect(place('k8s-worker-1')).toEqual([2, 9]);
  expect(place('coredns-7f9c')).toEqual([2, 5]);
  expect(place('calid9d486e54a8')).toEqual([1, 2]);
});
