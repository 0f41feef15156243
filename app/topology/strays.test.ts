import { describe, expect, it } from 'vitest';
import { buildTopology, emptyTopology } from './build.ts';
import type { Inventory } from '../probe/inventory.ts';
import type { Link } from '../probe/facts.ts';
import type { Topology } from './model.ts';
import { a, demo, fact, inventoryOf, node } from './testing/scenario.ts';
import { inputOf, route, type SyntheticNode } from './testing/synthetic-node.ts';

/** A cable that leads to nobody: its other end is in no namespace that the node shows. */
const dangling: Link = {
  ifindex: 9,
  name: 'veth9',
  kind: 'veth',
  mac: '02:00:00:00:00:09',
  mtu: 1500,
  operstate: 'UP',
  adminUp: true,
  carrier: true,
  peerIfindex: 77,
  peerNsid: null,
  peerName: null,
  peerNetnsName: null,
  masterName: null,
};
const stale = [route('192.168.1.9/32', { dev: 'veth9', scope: 'link' })];

function next(
  before: Topology,
  at: number,
  {
    inventory,
    links = [],
    ...extra
  }: Partial<SyntheticNode> & { inventory: Inventory | null; links?: Link[] },
): Topology {
  const input = inputOf([a(at, extra)], { inventory });
  const reading = input.readings['a'];
  if (reading === undefined) throw new Error('no reading');
  const { snapshot } = reading;
  const all = {
    ...snapshot.links,
    value: [...(snapshot.links?.value ?? []), ...links],
  } as typeof snapshot.links;
  return buildTopology(before, {
    ...input,
    readings: { a: { ...reading, snapshot: { ...snapshot, links: all } } },
  });
}
const said = (topology: Topology): string[] => [...(node(topology, 'a')?.contradictions ?? [])];
const nothing = emptyTopology('test');
const known = inventoryOf(fact());
const ofRoute =
  'a has a route to 192.168.1.9 by veth9, but Kubernetes knows no Pod with this address there, and no network namespace there has it.';

describe('what leads to nobody', () => {
  it('is told at once where it was there when we first looked', () => {
    const first = next(nothing, 1000, { inventory: known, links: [dangling], routes: stale });
    expect(said(first)).toEqual([
      ofRoute,
      'veth9 on a leads nowhere: Its other end is ifindex 77, which this namespace does not have.',
    ]);
    // Names came later than the node's own word: its routes are judged only now.
    const nameless = next(nothing, 1000, { inventory: null, links: [dangling], routes: stale });
    expect(said(nameless).join()).not.toContain('route');
    expect(said(next(nameless, 1001, { inventory: known, links: [dangling], routes: stale }))).toContain(
      ofRoute,
    );
  });

  it('and comes while we look is told when it has lasted by the node’s clock, and no longer once it is gone', () => {
    const healthy = next(nothing, 1000, { inventory: known });
    const come = next(healthy, 1001, { inventory: known, links: [dangling], routes: stale });
    expect(said(come)).toEqual([]);
    const still = next(come, 1003, { inventory: known, links: [dangling], routes: stale });
    expect(said(still)).toEqual([]);
    const lasts = next(still, 1006, { inventory: known, links: [dangling], routes: stale });
    expect(said(lasts)).toHaveLength(2);
    expect(said(next(lasts, 1007, { inventory: known }))).toEqual([]);
  });

  it('begins anew where it was gone between: each Pod’s moment is its own', () => {
    const healthy = next(nothing, 1000, { inventory: known });
    const come = next(healthy, 1001, { inventory: known, routes: stale, links: [dangling] });
    const gone = next(come, 1003, { inventory: known });
    expect(said(next(gone, 1007, { inventory: known, routes: stale, links: [dangling] }))).toEqual([]);
  });

  it('is silent for a cable whose Pod Kubernetes tells of a moment later', () => {
    const laid = { routes: [route('192.168.1.3/32', { dev: 'veth9', scope: 'link' })], links: [dangling] };
    const come = next(next(nothing, 1000, { inventory: known }), 1001, { inventory: known, ...laid });
    const named = inventoryOf(fact(), fact({ uid: 'u2', name: 'two', ips: ['192.168.1.3'] }));
    const told = next(come, 1020, { inventory: named, ...laid });
    expect(said(told).join()).not.toContain('192.168.1.3');
  });

  it('waits, too, when we first look while a Pod has no address yet', () => {
    const begins = inventoryOf(fact(), fact({ uid: 'u2', name: 'two', ips: [], phase: 'Pending' }));
    const first = next(nothing, 1000, { inventory: begins, routes: stale, links: [dangling] });
    expect(said(first)).toEqual([]);
    expect(said(next(first, 1005, { inventory: begins, routes: stale, links: [dangling] }))).toHaveLength(2);
  });

  it('is nothing on a node whose routes all have their Pod', () => {
    const built = next(nothing, 1000, { inventory: known, pods: [demo] });
    expect(said(built)).toEqual([]);
  });
});
