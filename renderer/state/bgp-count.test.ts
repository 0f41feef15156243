import { expect, it } from 'vitest';
import type { BirdState, Topology } from '../../app/topology/model.ts';
import { buildTopology } from '../dev/fixture.ts';
import { buildView } from '../dev/plan-view.ts';
import { classic } from '../dev/plans.ts';
import { bgpCountText, nodesSilentOnBgp } from './bgp-count.ts';
import { standingsOf } from './standing.ts';

const NOW = 1_764_000_060_000;
const topology = buildTopology(classic, 'lab');
const { nodes } = buildView(classic, 'lab', NOW);
const standings = standingsOf(nodes, []);

function withBird(bird: Partial<BirdState>, of: readonly string[]): Topology {
  const changed = Object.entries(topology.nodes).map(([id, node]) => [
    id,
    of.includes(node.label) ? { ...node, bird: { ...node.bird, ...bird } } : node,
  ]);
  return { ...topology, nodes: Object.fromEntries(changed) as Topology['nodes'] };
}

it('counts as established only what a current node says', () => {
  expect(bgpCountText(topology, standings)).toBe('6 of 6 ends established');
  const lost = nodes.map((node) =>
    node.label === 'k8s-worker-2' ? { ...node, state: 'stale' as const, since: NOW } : node,
  );
  expect(bgpCountText(topology, standingsOf(lost, []))).toBe('4 of 6 ends established · 2 not current');
});

it('says where BIRD could not be read instead of “no session”', () => {
  const none = { ...topology, bgp: {} };
  expect(bgpCountText(none, standings)).toBe('no session');
  const denied = { state: 'not-permitted', sentence: 'This login may not read BIRD’s socket.' } as const;
  const silent = withBird(denied, ['k8s-master', 'k8s-worker-1']);
  expect(nodesSilentOnBgp(silent).map(({ label }) => label)).toEqual(['k8s-master', 'k8s-worker-1']);
  expect(bgpCountText({ ...silent, bgp: {} }, standings)).toBe('not known on 2 nodes');
  expect(bgpCountText(silent, standings)).toBe('6 of 6 ends established · not known on 2 nodes');
  expect(nodesSilentOnBgp(withBird({ state: 'absent' }, ['k8s-master']))).toEqual([]);
});
