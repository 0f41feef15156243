// Where packets move in the picture: for each interface the lines that its packets travel, once a layout. Pure.
import type { GraphNode, GraphPod, Picture } from './picture.ts';
import type { Box, Drawing, Line, Point } from './shapes.ts';
import { type Way, wayAlong } from './way.ts';

/** Where packets that come in at an interface move, and those that go out. */
export interface Track {
  readonly inbound: Way;
  readonly outbound: Way;
  /** Whether what comes in there (true) or what goes out (false) leads away from the watched Pod. */
  readonly inboundIsAway: boolean;
  /** How many interfaces a packet from the watched Pod has passed when it comes here: 0 is the Pod's own. */
  readonly order: number;
}

export interface Tracks {
  /** By interface id. */
  readonly near: ReadonlyMap<string, Track>;
  /** Where a region is one tile and its parts are not drawn. */
  readonly far: ReadonlyMap<string, Track>;
}

export interface WatchedPod {
  readonly podId: string;
  readonly nodeId: string | null;
}

/** Interfaces on the longest way: both Pods' ends, both host ends, both NICs. */
export const LAST_ORDER = 5;

/** @param watched whose packets they are; null: nobody's. */
export function tracksOf(picture: Picture, drawing: Drawing, watched: WatchedPod | null): Tracks {
  const near = new Map<string, Track>();
  const far = new Map<string, Track>();
  const shapes: Shapes = {
    boxes: new Map(drawing.boxes.map((box) => [box.id, box])),
    lines: new Map(drawing.lines.map((line) => [line.id, line])),
  };
  const home = picture.nodes.find((node) => node.id === watched?.nodeId);
  for (const node of picture.nodes) {
    const region = shapes.boxes.get(node.id);
    if (region === undefined) continue;
    const tile = [[centreOf(region)]];
    // The most telling first: there is a bound to what main is asked for.
    for (const port of node.ports) {
      const side = { inboundIsAway: node !== home, order: node === home ? 2 : 3 };
      const wire = wireLeg(port.id, node === home ? undefined : home, shapes);
      put(near, port.id, portLegs(node, port.id, wire, shapes), side);
      put(far, port.id, wire === null ? tile : [wire], side);
    }
    for (const pod of node.pods) {
      const own = pod.id === watched?.podId;
      const depth = own ? 0 : node === home ? 3 : LAST_ORDER;
      const host = { inboundIsAway: own, order: own ? 1 : depth - 1 };
      const inner = { inboundIsAway: !own, order: depth };
      const legs = podLegs(pod, node, shapes);
      if (pod.hostInterface !== null) {
        put(near, pod.hostInterface.id, legs.host, host);
        put(far, pod.hostInterface.id, tile, host);
      }
      if (pod.podInterface !== null) {
        put(near, pod.podInterface.id, legs.inner, inner);
        put(far, pod.podInterface.id, tile, inner);
      }
    }
  }
  return { near, far };
}

interface Shapes {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly lines: ReadonlyMap<string, Line>;
}

/** In the direction of what comes in; a leg of one point is a place where something shows. */
type Legs = readonly (readonly Point[])[];

/** From the wire into a NIC; where it hangs on the same piece of wire as the watched Pod's, from that one's end. */
function wireLeg(portId: string, home: GraphNode | undefined, { lines }: Shapes): readonly Point[] | null {
  const drop = lines.get(`drop:${portId}`);
  if (drop === undefined) return null;
  const leg = [...along(drop)].reverse();
  const homeDrop = home?.ports
    .flatMap((port) => lines.get(`drop:${port.id}`) ?? [])
    .find(({ target }) => target === drop.target);
  return homeDrop === undefined ? leg : [homeDrop.to, ...leg];
}

/** What a compact form leaves out has no place: a bridge, a tunnel. Else in by the wire, through the NIC's box, where the packet is out of sight, to the plate. */
function portLegs(
  node: GraphNode,
  portId: string,
  wire: readonly Point[] | null,
  { boxes, lines }: Shapes,
): Legs | null {
  const uplink = lines.get(`uplink:${node.id}`);
  const legs = [
    ...(wire === null ? [] : [wire]),
    ...(uplink?.target === portId ? [[...along(uplink)].reverse()] : []),
  ];
  if (legs.length > 0) return legs;
  const box = boxes.get(portId) ?? boxes.get(`moreports:${node.id}`);
  return box === undefined ? null : [[centreOf(box)]];
}

/** Out of the Pod along its veth; inside it, the place where that begins. A Pod without a seat is in its fold. */
function podLegs(
  pod: GraphPod,
  node: GraphNode,
  { boxes, lines }: Shapes,
): { host: Legs | null; inner: Legs | null } {
  const veth = lines.get(`veth:${pod.id}`);
  if (veth !== undefined) return { host: [along(veth)], inner: [[veth.from]] };
  const box = boxes.get(pod.id) ?? boxes.get(`fold:${node.id}`);
  const legs = box === undefined ? null : [[centreOf(box)]];
  return { host: legs, inner: legs };
}

function put(
  tracks: Map<string, Track>,
  interfaceId: string,
  legs: Legs | null,
  side: Pick<Track, 'inboundIsAway' | 'order'>,
): void {
  if (legs === null) return;
  const back = legs.map((leg) => leg.toReversed()).reverse();
  tracks.set(interfaceId, { inbound: wayAlong(legs), outbound: wayAlong(back), ...side });
}

function along(line: Line): readonly Point[] {
  return [line.from, ...line.via, line.to];
}

function centreOf({ x, y }: Box): Point {
  return { x, y };
}
