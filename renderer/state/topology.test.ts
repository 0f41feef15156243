import { beforeEach, expect, it } from 'vitest';
import { diffTopology } from '../../app/topology/diff.ts';
import type { Topology, TopologyPatch } from '../../app/topology/model.ts';
import { buildTopology } from '../dev/fixture.ts';
import { buildView } from '../dev/plan-view.ts';
import { classic } from '../dev/plans.ts';
import { useSession } from './session.ts';
import { plainTopology } from './plain-topology.ts';
import { takeMessages, useTopology } from './topology.ts';
import { evidenceOf, indexOf } from './topology-index.ts';

const NOW = 1_764_000_060_000;
const first = buildTopology(classic, 'lab');
const view = buildView(classic, 'lab', NOW);

beforeEach(() => {
  takeMessages(
    [
      { type: 'view', view },
      { type: 'topology', topology: first },
    ],
    NOW,
  );
});

/** A second reading that says the same: only when and how much changes. */
function readAgain(topology: Topology): { next: Topology; patch: TopologyPatch } {
  const evidence = Object.fromEntries(
    Object.entries(topology.evidence).map(([id, head]) => [id, { ...head, seenAt: head.seenAt + 1_000 }]),
  );
  const next = { ...topology, revision: topology.revision + 1, evidence };
  return { next, patch: diffTopology(topology, next) };
}

it('a reading that says the same gives everything that is drawn no new object', () => {
  const before = { topology: useTopology.getState().topology, standings: useSession.getState().standings };
  const { next, patch } = readAgain(first);
  const reread = view.nodes.map((node) => ({ ...node, lastFactsAt: NOW }));
  expect(
    takeMessages(
      [
        { type: 'view', view: { ...view, nodes: reread } },
        { type: 'patch', patch },
      ],
      NOW,
    ),
  ).toBe(true);
  expect(useTopology.getState().topology).toBe(before.topology);
  expect(useSession.getState().standings).toBe(before.standings);
  expect(useSession.getState().view.nodes[0]?.lastFactsAt).toBe(NOW);
  // The evidence itself is the new one, and the next patch belongs to it.
  const { held } = useTopology.getState();
  expect(held).toEqual(plainTopology(next));
  expect(evidenceOf(held?.evidence ?? {}, ['k8s-master:links'])[0]?.seenAt).toBe(
    (first.evidence['k8s-master:links']?.seenAt ?? 0) + 1_000,
  );
  expect(takeMessages([{ type: 'patch', patch: readAgain(next).patch }], NOW)).toBe(true);
  expect(takeMessages([{ type: 'patch', patch }], NOW)).toBe(false);
});

it('what did change is drawn, with the evidence of its own revision', () => {
  const { next, patch } = readAgain(first);
  takeMessages([{ type: 'patch', patch }], NOW);
  const [id, session] = Object.entries(next.bgp)[0] ?? [];
  if (id === undefined || session === undefined) throw new Error('the fixture has no session');
  const down = {
    ...next,
    revision: next.revision + 1,
    bgp: { ...next.bgp, [id]: { ...session, protocolState: 'start', info: 'Active' } },
  };
  takeMessages([{ type: 'patch', patch: diffTopology(next, down) }], NOW);
  expect(useTopology.getState().topology).toEqual(plainTopology(down));
  expect(useTopology.getState().topology).toBe(useTopology.getState().held);
});

it('the index of a table that did not change is the same: a changed route sorts no Pods', () => {
  const routes = { ...first, revision: 2, forwarding: { ...first.forwarding } };
  const [before, after] = [indexOf(first), indexOf(routes)];
  expect(after.nodes).toBe(before.nodes);
  expect(after.podsOf).toBe(before.podsOf);
  expect(after.interfacesOf).toBe(before.interfacesOf);
  expect(after.bgpOf).toBe(before.bgpOf);
  const bgp = indexOf({ ...first, bgp: { ...first.bgp } });
  expect(bgp.podsOf).toBe(before.podsOf);
  expect(bgp.bgpOf).not.toBe(before.bgpOf);
});

it('a Pod of a node that ended has no home', () => {
  const node = first.nodes['node:k8s-worker-1'];
  if (node === undefined) throw new Error('the fixture has no worker');
  const ended = { ...first, nodes: { ...first.nodes, [node.id]: { ...node, until: node.since } } };
  expect(indexOf(first).homelessPods).toEqual([]);
  expect(indexOf(ended).homelessPods.map(({ name }) => name)).toEqual(['c2c-network-demo', 'coredns-7f9c']);
});
