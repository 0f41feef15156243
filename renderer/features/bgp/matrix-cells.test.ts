import { expect, it } from 'vitest';
import { bgpMatrix } from '../../../app/topology/bgp-matrix.ts';
import { buildTopology } from '../../dev/fixture.ts';
import { manyPods } from '../../dev/plans.ts';
import { meshed } from '../../dev/meshed.ts';
import { killBird } from '../../dev/bird-dead.ts';
import { matrixCells } from './matrix-cells.ts';

const cluster = meshed(buildTopology(manyPods(12, 0), 'lab'));
const cellsOf = (topology: typeof cluster) => {
  const cells = matrixCells(bgpMatrix(topology, new Map(), null));
  const row = (label: string): number => cells.rows.findIndex((node) => node.label === label);
  return { cells, of: (from: string, to: string) => cells.at(row(from), row(to)) };
};

it('a row is what its own node says: one-sided sessions are lopsided, gaps are drawn on both sides', () => {
  const { cells, of } = cellsOf(cluster);
  expect(cells.rows).toHaveLength(12);
  expect(of('k8s-node-05', 'k8s-node-06')).toMatchObject({
    tone: 'up',
    text: 'k8s-node-05 – k8s-node-06: Established',
  });
  expect([of('k8s-node-01', 'k8s-node-03').tone, of('k8s-node-03', 'k8s-node-01').tone]).toEqual([
    'bad',
    'troubled',
  ]);
  expect(of('k8s-node-01', 'k8s-node-03').pair).toBe(of('k8s-node-03', 'k8s-node-01').pair);
  expect([of('k8s-node-03', 'k8s-node-12').tone, of('k8s-node-12', 'k8s-node-03').tone]).toEqual([
    'gap',
    'gap',
  ]);
  expect(of('k8s-node-05', 'k8s-node-05').tone).toBe('self');
});

it('of a dead BIRD the row is bad, the column stale', () => {
  const { of } = cellsOf(killBird(cluster, 'k8s-node-07'));
  expect(of('k8s-node-07', 'k8s-node-07').tone).toBe('dead');
  expect([of('k8s-node-07', 'k8s-node-08').tone, of('k8s-node-08', 'k8s-node-07').tone]).toEqual([
    'bad',
    'troubled',
  ]);
});

it('a peer that is nobody’s node is a column of its own', () => {
  const [first] = Object.values(cluster.bgp);
  if (first === undefined) throw new Error('no session');
  const outside = { ...first, id: 'x', name: 'Global_10_9_9_9', peerAddress: '10.9.9.9', peerNodeId: null };
  const { cells } = cellsOf({ ...cluster, bgp: { ...cluster.bgp, x: outside } });
  expect(cells.columns.at(-1)).toEqual({ key: '10.9.9.9', name: '10.9.9.9' });
  const row = cells.rows.findIndex(({ nodeId }) => nodeId === first.nodeId);
  expect(cells.at(row, cells.columns.length - 1).tone).toBe('up');
  expect(cells.at(99, 0).tone).toBe('none');
});
