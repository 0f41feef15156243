// Where a traced path runs in the picture: along which lines, through which boxes, by which routes, and where it stops. It costs by the
// length of the path, whatever the size of the picture. Pure.
import type { TraceHop, TracePath } from '../../../app/trace/model.ts';
import { along, type Shapes, type Way, wireWays } from './path-wires.ts';
import { carriersOf, tunnelsOf } from './path-tunnels.ts';
import type { Box, Drawing, Point } from './shapes.ts';

export interface PathPlate {
  readonly box: Box;
  readonly route: NonNullable<TraceHop['route']>;
  readonly nextHop: string | null;
  readonly nodeId: string;
  /** It is where the packet ends before its time. */
  readonly stops: boolean;
}

/** What carries the packet between two nodes, from one tunnel's device to the other's. */
export interface PathTunnel {
  /** `VXLAN 4096`. */
  readonly name: string;
  readonly way: Way;
}

export interface PathDrawing {
  /** In the direction of the packet. */
  readonly legs: readonly Way[];
  /** The same of what carries it in a tunnel. */
  readonly underlay: readonly Way[];
  readonly tunnels: readonly PathTunnel[];
  readonly boxes: readonly Box[];
  readonly plates: readonly PathPlate[];
  /** Null: it arrives, or the place is not in the picture. */
  readonly stop: { readonly at: Point; readonly verdict: TracePath['verdict'] } | null;
}

/** What of the topology tells whose an interface is. */
export interface PathOwners {
  readonly podOfNetns: (netnsId: string) => string | null;
  /** The Pod whose outer end an interface is. */
  readonly podOfHostEnd: (interfaceId: string) => string | null;
}

export function pathDrawing(path: TracePath, drawing: Drawing, owners: PathOwners): PathDrawing {
  const shapes = shapesOf(drawing);
  const legs: Way[] = [];
  const underlay: Way[] = [];
  const boxes = new Map<string, Box>();
  const plates = new Map<string, PathPlate>();
  const lit = (id: string | null): void => {
    const box = id === null ? undefined : shapes.box(id);
    if (box !== undefined) boxes.set(box.id, box);
  };
  path.hops.forEach((hop, at) => {
    const before = path.hops[at - 1];
    const ways = carriersOf(hop).length === 0 ? legs : underlay;
    if (before !== undefined && before.nodeId !== hop.nodeId)
      ways.push(...wireWays(shapes, before.egressId, hop.ingressId));
    if (hop.isPod) {
      lit(cardOf(shapes, hop, owners));
      return;
    }
    ways.push(...sideLegs(shapes, hop.ingressId, hop.nodeId, owners).map(reversedFor('in')));
    ways.push(...sideLegs(shapes, hop.egressId, hop.nodeId, owners).map(reversedFor('out')));
    lit(hop.ingressId);
    lit(hop.egressId);
    const plate = shapes.box(`plate:${hop.nodeId}`);
    const stops = at === path.hops.length - 1 && path.stopsAt !== null;
    // The packet's own route is what one asks about; the one of what carries it only where that is the end.
    if (plate !== undefined && hop.route !== null && (stops || ways === legs))
      plates.set(hop.nodeId, {
        box: plate,
        route: hop.route,
        nextHop: hop.nextHop,
        nodeId: hop.nodeId,
        stops,
      });
  });
  const { tunnels, inNodes } = tunnelsOf(path, shapes);
  return {
    legs: [...legs, ...inNodes],
    underlay,
    tunnels,
    boxes: [...boxes.values()],
    plates: [...plates.values()],
    stop: stopOf(path, shapes, owners),
  };
}

const indexed = new WeakMap<Drawing, Shapes>();

/** Once a layout. */
export function shapesOf(drawing: Drawing): Shapes {
  const known = indexed.get(drawing);
  if (known !== undefined) return known;
  const boxes = new Map(drawing.boxes.map((box) => [box.id, box]));
  const lines = new Map(drawing.lines.map((line) => [line.id, line]));
  const shapes: Shapes = { box: (id) => boxes.get(id), line: (id) => lines.get(id) };
  indexed.set(drawing, shapes);
  return shapes;
}

function cardOf(shapes: Shapes, { netnsId, nodeId }: TraceHop, { podOfNetns }: PathOwners): string | null {
  const podId = podOfNetns(netnsId);
  if (podId !== null && shapes.box(podId) !== undefined) return podId;
  return shapes.box(`fold:${nodeId}`) === undefined ? null : `fold:${nodeId}`;
}

/** From the node's middle out to where the interface leads, in the direction of a packet that leaves by it. */
function sideLegs(
  shapes: Shapes,
  interfaceId: string | null,
  nodeId: string,
  { podOfHostEnd }: PathOwners,
): Way[] {
  if (interfaceId === null) return [];
  const podId = podOfHostEnd(interfaceId);
  const veth = podId === null ? undefined : shapes.line(`veth:${podId}`);
  if (veth !== undefined) return [along(veth).toReversed()];
  const uplink = shapes.line(`uplink:${nodeId}`);
  return uplink?.target === interfaceId ? [along(uplink)] : [];
}

function reversedFor(way: 'in' | 'out'): (leg: Way) => Way {
  return (leg) => (way === 'in' ? leg.toReversed() : leg);
}

/** At the interface after which nobody sees it, else in the namespace that decided. */
function stopOf(path: TracePath, shapes: Shapes, owners: PathOwners): PathDrawing['stop'] {
  const { stopsAt, verdict } = path;
  const last = path.hops.at(-1);
  if (stopsAt === null || last === undefined) return null;
  const at = placeOf(stopsAt.interfaceId, last, shapes, owners);
  return at === null ? null : { at, verdict };
}

function placeOf(
  interfaceId: string | null,
  last: TraceHop,
  shapes: Shapes,
  owners: PathOwners,
): Point | null {
  const box = interfaceId === null ? undefined : shapes.box(interfaceId);
  // At its corner: its name stays legible.
  if (box !== undefined) return { x: box.x + box.w / 2, y: box.y - box.h / 2 };
  const podId = interfaceId === null ? null : owners.podOfHostEnd(interfaceId);
  const veth = podId === null ? undefined : shapes.line(`veth:${podId}`);
  if (veth !== undefined) return along(veth).at(-1) ?? null;
  const place = last.isPod
    ? shapes.box(cardOf(shapes, last, owners) ?? '')
    : (shapes.box(`plate:${last.nodeId}`) ?? shapes.box(last.nodeId));
  return place === undefined ? null : { x: place.x + place.w / 2, y: place.y - place.h / 2 };
}
