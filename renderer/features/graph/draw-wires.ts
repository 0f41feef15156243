// The wires: each subnet that NICs share is one line, repeated under every row and joined by a trunk at the left.
import { type Arranged, WIRE_STEP } from './arrange.ts';
import type { Density } from './density.ts';
import type { GraphPort, Picture } from './picture.ts';
import type { Outlet, Rim } from './region-rim.ts';
import type { Box, Drawing, Line, Point, Text } from './shapes.ts';

/** Beyond these, wires are no longer told apart by eye; the tree names every address. */
const WIRES_SHOWN = 4;
const OVERHANG = 14;
const BUS_HEIGHT = 8;
const TRUNK_OUT = 26;

export function drawWires(
  picture: Picture,
  arranged: Arranged,
  outlets: Rim['outlets'],
  density: Density,
): Drawing {
  const wires = picture.wires
    .filter((wire) => wire.members > 1 || picture.nodes.length === 1)
    .slice(0, WIRES_SHOWN);
  const boxes: Box[] = [];
  const lines: Line[] = [];
  const texts: Text[] = [];
  wires.forEach((wire, order) => {
    const rows = arranged.wireY.map((y) => y + order * WIRE_STEP);
    rows.forEach((y, row) => boxes.push(busBox(wire.network, row, y, arranged.width)));
    lines.push(...trunkOf(wire.network, rows, order));
    lines.push(...dropsOf(wire.network, picture, arranged, rows, outlets));
    const y = rows[0];
    if (y !== undefined) texts.push(wireText(wire.network, wire.members, labelPlace(arranged, y, density)));
  });
  return { boxes, lines, texts };
}

function busBox(network: string, row: number, y: number, width: number): Box {
  return {
    id: busId(network, row),
    kind: 'bus',
    x: width / 2,
    y,
    w: width + 2 * OVERHANG,
    h: BUS_HEIGHT,
    tone: 'plain',
    marks: [],
    selects: null,
    nodeId: null,
  };
}

function busId(network: string, row: number): string {
  return `bus:${network}:${String(row)}`;
}

function trunkOf(network: string, rows: readonly number[], order: number): Line[] {
  const x = -OVERHANG - TRUNK_OUT + order * 6;
  return rows.slice(1).map((y, index) => {
    const above = rows[index] ?? y;
    return {
      id: `trunk:${network}:${String(index)}`,
      kind: 'trunk' as const,
      source: busId(network, index),
      target: busId(network, index + 1),
      from: { x: -OVERHANG, y: above },
      to: { x: -OVERHANG, y },
      via: [
        { x, y: above },
        { x, y },
      ],
      tone: 'plain' as const,
      marks: [],
      selects: null,
    };
  });
}

function dropsOf(
  network: string,
  picture: Picture,
  arranged: Arranged,
  rows: readonly number[],
  outlets: Rim['outlets'],
): Line[] {
  const rowOf = new Map(arranged.places.map((place) => [place.plan.node.id, place]));
  return picture.nodes.flatMap((node) =>
    node.ports.flatMap((port) => {
      const place = rowOf.get(node.id);
      const outlet = outlets.get(port.id);
      if (port.wire !== network || place === undefined || outlet === undefined) return [];
      const row = Math.min(place.row, rows.length - 1);
      const y = rows[row];
      return y === undefined
        ? []
        : [dropOf(port, node.dimmed, outlet, { x: outlet.x, y }, busId(network, row))];
    }),
  );
}

function dropOf(port: GraphPort, dimmed: boolean, from: Outlet, to: Point, bus: string): Line {
  return {
    id: `drop:${port.id}`,
    kind: 'drop',
    source: from.box,
    target: bus,
    from: { x: from.x, y: from.y },
    to,
    via: [],
    tone: port.down ? 'bad' : 'plain',
    marks: dimmed ? ['dimmed'] : [],
    selects: { kind: 'interface', id: port.id },
  };
}

/** Over the wire between the first two NICs, where none of their lines falls; under its end where that is tight. */
function labelPlace(arranged: Arranged, y: number, density: Density): Point & { anchor: Text['anchor'] } {
  if (!density.plates) return { x: arranged.width + OVERHANG - 2, y: y + 13, anchor: 'right' };
  const [first, second] = arranged.places.filter((place) => place.row === 0);
  if (first === undefined) return { x: 0, y: y - 15, anchor: 'left' };
  if (second === undefined) return { x: first.x + first.w / 2 + 12, y: y - 15, anchor: 'left' };
  return { x: (first.x + first.w / 2 + second.x + second.w / 2) / 2, y: y - 15, anchor: 'center' };
}

function wireText(network: string, members: number, at: Point & { anchor: Text['anchor'] }): Text {
  const nics = members === 1 ? '1 NIC' : `${String(members)} NICs on one subnet`;
  return {
    id: `wire:${network}`,
    x: at.x,
    y: at.y,
    text: `${network} · ${nics}`,
    anchor: at.anchor,
    style: 'arc',
    tone: 'plain',
    marks: [],
    age: null,
    owner: null,
  };
}
