import { expect, it } from 'vitest';
import type { Topology } from '../../../app/topology/model.ts';
import { buildTopology } from '../../dev/fixture.ts';
import { buildView } from '../../dev/plan-view.ts';
import { classic, manyPods } from '../../dev/plans.ts';
import { noFreshness } from '../../state/freshness.ts';
import { buildPicture } from './build-picture.ts';
import { type Layout, layOut, noMemory } from './layout.ts';
import type { Picture } from './picture.ts';
import { type Tracks, tracksOf, type WatchedPod } from './tracks.ts';
import type { Way } from './way.ts';

const watched: WatchedPod = { podId: 'pod:k8s-worker-1-c2c-network-demo', nodeId: 'node:k8s-worker-1' };

function drawn(plans: typeof classic): { topology: Topology; picture: Picture; layout: Layout } {
  const topology = buildTopology(plans, 'lab');
  const statuses = buildView(plans, 'lab', 0).nodes;
  const picture = buildPicture({ topology, statuses, freshness: noFreshness, focusNode: null });
  const viewport = { w: 900, h: 560 };
  const layout = layOut({ picture, viewport, unfolded: new Set(), pinnedPods: new Set() }, noMemory);
  return { topology, picture, layout };
}

function interfaceOf(topology: Topology, nodeLabel: string, name: string): string {
  const each = Object.values(topology.interfaces).find(
    (candidate) => candidate.nodeId === `node:${nodeLabel}` && candidate.name === name,
  );
  if (each === undefined) throw new Error(`no ${name} on ${nodeLabel}`);
  return each.id;
}

function ends(way: Way | undefined): [number, number, number, number] {
  const first = way?.legs[0]?.points[0];
  const last = way?.legs.at(-1)?.points.at(-1);
  if (first === undefined || last === undefined) throw new Error('no way');
  return [first.x, first.y, last.x, last.y];
}

const classicPicture = drawn(classic);
const tracks = tracksOf(classicPicture.picture, classicPicture.layout, watched);
const trackOf = (of: Tracks, label: string, name: string) =>
  of.near.get(interfaceOf(classicPicture.topology, label, name));

it('what comes in at a host veth goes from the Pod down to the plate', () => {
  const track = trackOf(tracks, 'k8s-worker-1', 'calid9d486e54a8');
  const [, fromY, , toY] = ends(track?.inbound);
  expect(toY).toBeGreaterThan(fromY);
  const [, backFrom, , backTo] = ends(track?.outbound);
  expect([backFrom, backTo]).toEqual([toY, fromY]);
});

it('what goes out at a NIC goes from the plate through the NIC to the wire, and the next node has it from there', () => {
  const home = trackOf(tracks, 'k8s-worker-1', 'ens192');
  const other = trackOf(tracks, 'k8s-worker-2', 'ens192');
  expect(home?.outbound.legs).toHaveLength(2);
  const [, , wireX, wireY] = ends(home?.outbound);
  const [fromX, fromY] = ends(other?.inbound);
  expect(Math.abs(fromX - wireX)).toBeLessThan(12);
  expect(Math.abs(fromY - wireY)).toBeLessThan(12);
});

it('directions and order are those of the watched Pod’s packets', () => {
  const way = [
    trackOf(tracks, 'k8s-worker-1', 'calid9d486e54a8'),
    trackOf(tracks, 'k8s-worker-1', 'ens192'),
    trackOf(tracks, 'k8s-worker-2', 'ens192'),
    trackOf(tracks, 'k8s-worker-2', 'calia4d5046802b'),
  ];
  expect(way.map((track) => track?.inboundIsAway)).toEqual([true, false, true, false]);
  expect(way.map((track) => track?.order)).toEqual([1, 2, 3, 4]);
  const inside = classicPicture.topology.pods[watched.podId]?.podInterfaceId ?? '';
  expect(tracks.near.get(inside)).toMatchObject({ inboundIsAway: false, order: 0 });
  expect(tracks.near.get(inside)?.inbound.length).toBe(0);
});

it('from afar only the wire is a line; the rest shows on its node’s tile', () => {
  const nic = interfaceOf(classicPicture.topology, 'k8s-worker-1', 'ens192');
  const host = interfaceOf(classicPicture.topology, 'k8s-worker-1', 'calid9d486e54a8');
  expect(tracks.far.get(nic)?.inbound.length).toBeGreaterThan(0);
  const region = classicPicture.layout.boxes.find(({ id }) => id === 'node:k8s-worker-1');
  expect(tracks.far.get(host)?.inbound.legs[0]?.points).toEqual([{ x: region?.x, y: region?.y }]);
});

it('a folded Pod’s packets show at the fold, and every NIC and every Pod of a drawn node has a place', () => {
  const { topology, picture, layout } = drawn(manyPods(10, 100));
  const many = tracksOf(picture, layout, null);
  const drawnBoxes = new Set(layout.boxes.map(({ id }) => id));
  const folded = Object.values(topology.pods).find(({ id }) => !drawnBoxes.has(id));
  const fold = layout.boxes.find(({ id }) => id === `fold:${folded?.nodeId ?? ''}`);
  expect(many.near.get(folded?.hostInterfaceId ?? '')?.inbound.legs[0]?.points).toEqual([
    { x: fold?.x, y: fold?.y },
  ]);
  const without = Object.values(topology.interfaces).filter(
    ({ id, role }) => ['nic', 'workload', 'pod'].includes(role) && !many.near.has(id),
  );
  expect(without.map(({ name }) => name)).toEqual([]);
});
