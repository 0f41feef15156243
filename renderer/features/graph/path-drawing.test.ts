import { describe, expect, it } from 'vitest';
import type { TracePath } from '../../../app/trace/model.ts';
import { soughtPath } from '../../../app/trace/sightings.ts';
import { fakeTrace, type TracePlan } from '../../dev/fake-trace.ts';
import { buildTopology } from '../../dev/fixture.ts';
import { buildView } from '../../dev/plan-view.ts';
import { classic, type NodePlan, tunnelled } from '../../dev/plans.ts';
import { noFreshness } from '../../state/freshness.ts';
import { podOfNamespace } from '../../state/topology-index.ts';
import { buildPicture } from './build-picture.ts';
import { layOut, noMemory } from './layout.ts';
import { type PathDrawing, pathDrawing, shapesOf } from './path-drawing.ts';
import { pathMarks } from './path-sightings.ts';
import type { Drawing, Point } from './shapes.ts';

const topology = buildTopology(classic, 'lab');
const layout = laidOut(classic, { w: 1100, h: 700 });
const owners = {
  podOfNetns: (id: string) => podOfNamespace(topology, id),
  podOfHostEnd: (id: string) => topology.interfaces[id]?.peer?.podId ?? null,
};

function laidOut(plans: readonly NodePlan[], viewport: { w: number; h: number }): Drawing {
  const statuses = buildView(plans, 'lab', 0).nodes;
  const built = { topology: buildTopology(plans, 'lab'), statuses, freshness: noFreshness, focusNode: null };
  const picture = buildPicture(built);
  return layOut({ picture, viewport, unfolded: new Set(), pinnedPods: new Set() }, noMemory);
}

function pathOf(plan: TracePlan): TracePath {
  const answer = fakeTrace(plan);
  const path = answer.ok ? answer.paths[0] : undefined;
  if (path === undefined) throw new Error('this plan has no path');
  return path;
}

function drawn(path: TracePath): PathDrawing {
  return pathDrawing(path, layout, owners);
}

const box = (id: string) => layout.boxes.find((each) => each.id === id);
const ends = ({ legs }: PathDrawing): (Point | undefined)[][] => legs.map((leg) => [leg[0], leg.at(-1)]);
const line = (id: string) => layout.lines.find((each) => each.id === id);

describe('a traced path in the picture', () => {
  it('goes out of the Pod, through the node, along the wire, and in to the other, each in its direction', () => {
    const there = drawn(pathOf('delivered'));
    const [out, up, wire, down, into] = ends(there);
    const veth = line('veth:pod:k8s-worker-1-c2c-network-demo');
    expect(out).toEqual([veth?.from, veth?.to]);
    const uplink = line('uplink:node:k8s-worker-1');
    expect(up).toEqual([uplink?.from, uplink?.to]);
    expect(wire?.[0]).toEqual(line('drop:if:netns:k8s-worker-1/4026531840@boot/2@1')?.from);
    expect(wire?.[1]).toEqual(line('drop:if:netns:k8s-worker-2/4026531840@boot/2@1')?.from);
    const second = line('uplink:node:k8s-worker-2');
    expect(down).toEqual([second?.to, second?.from]);
    const last = line('veth:pod:k8s-worker-2-c2c-network-demo-w2');
    expect(into).toEqual([last?.to, last?.from]);
    expect(there.stop).toBeNull();
  });

  it('is marked at each interface where a watch looked, on the packet’s own way', () => {
    const { places } = soughtPath(pathOf('delivered'), 'destination');
    const last = { s: 1, ns: 0 };
    const seen = { kind: 'seen', packets: 1, last } as const;
    const observed = places.map((place, at) => ({
      place,
      missing: at === 3,
      told:
        at < 3
          ? seen
          : at === 5
            ? ({ kind: 'unwatched', why: 'none' } as const)
            : ({ kind: 'unseen' } as const),
    }));
    const marks = pathMarks(observed, shapesOf(layout), owners);
    expect(marks.map(({ kind }) => kind)).toEqual(['seen', 'seen', 'seen', 'missing', 'unseen']);
    const [inner, outer, nic] = marks;
    const veth = line('veth:pod:k8s-worker-1-c2c-network-demo');
    const [top, bottom] = [veth?.from.y ?? 0, veth?.to.y ?? 0];
    expect(top).toBeLessThan(inner?.at.y ?? 0);
    expect(inner?.at.y).toBeLessThan(outer?.at.y ?? 0);
    expect(outer?.at.y).toBeLessThan(bottom);
    const device = box('if:netns:k8s-worker-1/4026531840@boot/2@1');
    expect(nic?.at.x).toBe((device?.x ?? 0) - (device?.w ?? 0) / 2);
  });

  it('is marked twice where it leaves by the interface that it came in by, once where it goes round and round', () => {
    const { hops } = pathOf('delivered');
    const turns = hops.map((hop) =>
      hop.node === 'k8s-worker-1' && !hop.isPod
        ? { ...hop, ingress: hop.egress, ingressId: hop.egressId }
        : hop,
    );
    const { places } = soughtPath({ hops: [...turns, ...turns] }, 'destination');
    const told = { kind: 'unseen' } as const;
    const last = places.findLastIndex(
      ({ name, side }) => name === 'ens192 of k8s-worker-1' && side === 'out',
    );
    const observed = places.map((place, at) => ({ place, told, missing: at === last }));
    const nic = 'if:netns:k8s-worker-1/4026531840@boot/2@1';
    const marks = pathMarks(observed, shapesOf(layout), owners).filter(({ key }) => key.startsWith(nic));
    expect(marks.map(({ key, kind }) => [key, kind])).toEqual([
      [`${nic} in`, 'unseen'],
      [`${nic} out`, 'missing'],
    ]);
    const [came, left] = marks;
    expect(came?.at.x).toBe(left?.at.x);
    expect((left?.at.y ?? 0) - (came?.at.y ?? 0)).toBe(box(nic)?.h);
  });

  it('shows the route that won in each node that it passes', () => {
    const { plates } = drawn(pathOf('delivered'));
    expect(plates.map(({ nodeId, route, stops }) => [nodeId, route.dst, stops])).toEqual([
      ['node:k8s-worker-1', '192.168.2.0/24', false],
      ['node:k8s-worker-2', '192.168.2.3/32', false],
    ]);
  });

  it('lights the boxes that it goes through, and no others', () => {
    expect(drawn(pathOf('dropped')).boxes.map(({ id }) => id)).toEqual([
      'pod:k8s-worker-1-c2c-network-demo',
      'if:netns:k8s-worker-1/4026531840@boot/2@1',
      'if:netns:k8s-worker-2/4026531840@boot/2@1',
    ]);
  });

  it('lights the card of a Pod whose namespace nobody saw, which goes by its own id', () => {
    const path = pathOf('dropped');
    const pod = 'pod:k8s-worker-1-c2c-network-demo';
    const hops = path.hops.map((hop) => (hop.isPod ? { ...hop, netnsId: pod } : hop));
    expect(drawn({ ...path, hops }).boxes.map(({ id }) => id)).toContain(pod);
  });

  it('stops at the interface after which nobody sees it, and says so in that node', () => {
    const { stop, plates } = drawn(pathOf('dropped'));
    const nic = box('if:netns:k8s-worker-2/4026531840@boot/2@1');
    expect(stop?.at).toEqual({ x: (nic?.x ?? 0) + (nic?.w ?? 0) / 2, y: (nic?.y ?? 0) - (nic?.h ?? 0) / 2 });
    expect(plates.map(({ stops }) => stops)).toEqual([false, true]);
  });

  it('stops at the node’s own end of a Pod’s veth pair, or, where no interface is named, in the node', () => {
    expect(drawn(pathOf('rejected')).stop?.at).toEqual(line('veth:pod:k8s-worker-2-c2c-network-demo-w2')?.to);
    const plate = box('plate:node:k8s-worker-2');
    expect(drawn(pathOf('unknown')).stop?.at.x).toBe((plate?.x ?? 0) + (plate?.w ?? 0) / 2);
  });

  it('in a tunnel it runs from device to device, over the wire that carries it, and the plates show its own routes', () => {
    const wide = laidOut(tunnelled, { w: 1500, h: 900 });
    const { tunnels, underlay, plates, legs } = pathDrawing(pathOf('tunnel'), wide, owners);
    const vxlan = (node: string) =>
      wide.boxes.find(({ id }) => id === `if:netns:${node}/4026531840@boot/500@1`);
    expect(tunnels.map(({ name }) => name)).toEqual(['VXLAN 4096']);
    expect([tunnels[0]?.way[0]?.x, tunnels[0]?.way.at(-1)?.x]).toEqual([
      vxlan('k8s-worker-1')?.x,
      vxlan('k8s-worker-2')?.x,
    ]);
    // Routes to NIC, the wire, NIC to routes: it is the wire that the tunnel's line lies on.
    expect(underlay).toHaveLength(3);
    expect(tunnels[0]?.way[1]?.y).toBe(underlay[1]?.[1]?.y);
    expect(plates.map(({ route }) => route.dst)).toEqual(['192.168.2.0/24', '192.168.2.3/32']);
    // Pod to routes, routes to the tunnel's device, and so again.
    expect(legs).toHaveLength(4);
  });

  it('by the trunk where the wire goes on under another row', () => {
    const narrow = laidOut(classic, { w: 300, h: 900 });
    const wire = pathDrawing(pathOf('delivered'), narrow, owners).legs.find((leg) => leg.length > 4);
    const trunk = narrow.lines.find(({ kind }) => kind === 'trunk');
    expect(wire?.some(({ x }) => x === trunk?.via[0]?.x)).toBe(true);
    expect(wire?.at(-1)).toEqual(
      narrow.lines.find(({ id }) => id === 'drop:if:netns:k8s-worker-2/4026531840@boot/2@1')?.from,
    );
  });

  it('draws nothing where what it passes is not in the picture', () => {
    const gone = pathDrawing(pathOf('dropped'), { boxes: [], lines: [], texts: [] }, owners);
    expect(gone).toEqual({ legs: [], underlay: [], tunnels: [], boxes: [], plates: [], stop: null });
  });
});
