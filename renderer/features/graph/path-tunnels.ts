// Where a traced path lies in a tunnel: from the device that puts the packet in to the one that takes it out, over the wire that carries
// it. Pure.
import type { TraceHop, TracePath } from '../../../app/trace/model.ts';
import { type Foot, footOf, joinFeet, type Shapes, type Way } from './path-wires.ts';
import type { Box } from './shapes.ts';

export interface DrawnTunnels {
  readonly tunnels: readonly { readonly name: string; readonly way: Way }[];
  /** Within nodes, between their routes and a tunnel's device. */
  readonly inNodes: readonly Way[];
}

/** What stands around the packet as it leaves, the outermost first: `VXLAN 4096 10.0.0.1 → 10.0.0.2`. */
export function carriersOf({ packet }: Pick<TraceHop, 'packet'>): readonly string[] {
  return packet.split(' · ').slice(0, -1);
}

export function tunnelsOf({ hops }: TracePath, shapes: Shapes): DrawnTunnels {
  const tunnels: { name: string; way: Way }[] = [];
  const inNodes: Way[] = [];
  hops.forEach((hop, at) => {
    const carrying = hops[at + 1];
    if (carrying === undefined || hop.netnsId !== carrying.netnsId || !isDeeper(hop, carrying)) return;
    const depth = carriersOf(hop).length;
    const opens = hops.findIndex((each, index) => index > at && carriersOf(each).length <= depth);
    const behind = opens === -1 ? undefined : hops[opens];
    const last = opens === -1 ? hops.at(-1) : hops[opens - 1];
    const from = tunnelFoot(shapes, hop.egressId, carrying.egressId);
    // One that is not opened leads to where what carries it was seen last.
    const to = tunnelFoot(shapes, behind?.ingressId ?? null, last?.ingressId ?? null);
    if (from === null) return;
    const way = to === null ? from.way : (joinFeet(shapes, from, to) ?? from.way);
    tunnels.push({ name: nameOf(carriersOf(carrying)[0] ?? ''), way });
    inNodes.push(...inNode(shapes, hop.nodeId, hop.egressId));
    if (behind !== undefined)
      inNodes.push(...inNode(shapes, behind.nodeId, behind.ingressId).map((each) => each.toReversed()));
  });
  return { tunnels, inNodes };
}

function isDeeper(hop: TraceHop, than: TraceHop): boolean {
  return carriersOf(than).length > carriersOf(hop).length;
}

/** `VXLAN 4096 10.0.0.1 → 10.0.0.2` without its ends. */
function nameOf(carrier: string): string {
  return carrier.split(' ').slice(0, -3).join(' ');
}

/** From the tunnel's device, where it is in the picture, to the wire that the NIC stands on; else the NIC's own. */
function tunnelFoot(shapes: Shapes, tunnelId: string | null, nicId: string | null): Foot | null {
  const nic = footOf(shapes, nicId);
  const box = tunnelId === null ? undefined : shapes.box(tunnelId);
  const wire = nic?.way.at(-1);
  if (nic === null || box === undefined || wire === undefined) return nic;
  return { way: [edgeTowards(box, wire.y), { x: box.x, y: wire.y }], bus: nic.bus };
}

/** From the routes' plate to the tunnel's device. */
function inNode(shapes: Shapes, nodeId: string, tunnelId: string | null): Way[] {
  const plate = shapes.box(`plate:${nodeId}`);
  const box = tunnelId === null ? undefined : shapes.box(tunnelId);
  if (plate === undefined || box === undefined) return [];
  const x = Math.min(Math.max(box.x, plate.x - plate.w / 2), plate.x + plate.w / 2);
  return [[{ x, y: edgeTowards(plate, box.y).y }, edgeTowards(box, plate.y)]];
}

function edgeTowards({ x, y, h }: Box, towards: number): { readonly x: number; readonly y: number } {
  return { x, y: y + (Math.sign(towards - y) * h) / 2 };
}
