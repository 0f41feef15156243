// The rim of a region: its NICs and what else the node's own namespace has. The first NIC stands in the middle,
// further ones go to its left, bridges and tunnels to its right, each on the other side when its own is full; who
// finds no room is counted. Nothing leaves the region.
import { middleEllipsis } from '../../state/text.ts';
import type { GraphPort, Tone } from './picture.ts';
import type { RegionPlan } from './region-plan.ts';
import { type Box, type Mark, MONO_EM, type Point, type Text } from './shapes.ts';

export const NIC = { w: 104, h: 38 };
const COMPACT_NIC = { w: 76, h: 22 };
const PORT_HEIGHT = 26;
/** Padding of a port's text, both sides. */
const PORT_PAD = 18;
const PORT_COLUMNS = 14;
const MORE = { w: 44, h: PORT_HEIGHT };
const COMPACT_MORE = { w: 36, h: COMPACT_NIC.h };
const GAP = 10;
/** To the region's rounded corners. */
const INSET = 12;

/** Where a NIC meets the wire. */
export interface Outlet extends Point {
  /** The NIC's own box, or that of the one that counts it. */
  readonly box: string;
}

export interface Rim {
  readonly boxes: readonly Box[];
  readonly texts: readonly Text[];
  /** By port id. */
  readonly outlets: ReadonlyMap<string, Outlet>;
}

export function nicSize({ plates }: { readonly plates: boolean }): { w: number; h: number } {
  return plates ? NIC : COMPACT_NIC;
}

export function drawRim(plan: RegionPlan, middle: Point, width: number, marks: readonly Mark[]): Rim {
  const { density, node } = plan;
  const ports = density.plates ? node.ports : node.ports.filter((port) => port.nic);
  const { placed, hidden, moreAt } = placePorts(ports, width - 2 * INSET, density.plates);
  const boxes: Box[] = [];
  const texts: Text[] = [];
  const outlets = new Map<string, Outlet>();
  const outletOf = (box: Box): Outlet => ({
    x: box.x,
    y: box.y + ((plan.lower ? -1 : 1) * box.h) / 2,
    box: box.id,
  });
  for (const { port, x, size } of placed) {
    const at = { x: middle.x + x, y: middle.y };
    const box: Box = {
      id: port.id,
      kind: port.nic ? 'nic' : 'port',
      ...at,
      ...size,
      tone: toneOf(port),
      marks,
      selects: { kind: 'interface', id: port.id },
      nodeId: node.id,
    };
    boxes.push(box);
    texts.push(...portTexts(port, at, density.plates, marks));
    if (port.nic) outlets.set(port.id, outletOf(box));
  }
  if (hidden.length > 0) {
    const more = morePorts(node.id, hidden, { x: middle.x + moreAt, y: middle.y }, density.plates, marks);
    boxes.push(more.box);
    texts.push(more.text);
    for (const port of hidden) if (port.nic) outlets.set(port.id, outletOf(more.box));
  }
  return { boxes, texts, outlets };
}

interface Placed {
  readonly port: GraphPort;
  /** From the rim's middle to the port's. */
  readonly x: number;
  readonly size: { readonly w: number; readonly h: number };
}

interface Placing {
  readonly placed: readonly Placed[];
  readonly hidden: readonly GraphPort[];
  /** Where the one that counts the hidden ones stands. */
  readonly moreAt: number;
}

function placePorts(ports: readonly GraphPort[], room: number, plates: boolean): Placing {
  const nicsFirst = ports.toSorted((a, b) => Number(b.nic) - Number(a.nic));
  const whole = placeWithin(nicsFirst, room, 0, plates);
  if (whole.hidden.length === 0) return whole;
  // Where room is short, what nothing needs yields to what carries something.
  const idleLast = nicsFirst.toSorted((a, b) => Number(a.idle) - Number(b.idle));
  return placeWithin(idleLast, room, (plates ? MORE : COMPACT_MORE).w + GAP, plates);
}

/** @param reserved kept free at the right end */
function placeWithin(ports: readonly GraphPort[], room: number, reserved: number, plates: boolean): Placing {
  const placed: Placed[] = [];
  const hidden: GraphPort[] = [];
  const leftEnd = -room / 2;
  const rightEnd = room / 2 - reserved;
  let left: number | null = null;
  let right: number | null = null;
  for (const port of ports) {
    const size = sizeOf(port, plates);
    if (left === null || right === null) {
      placed.push({ port, x: 0, size });
      [left, right] = [-size.w / 2, size.w / 2];
      continue;
    }
    const fitsLeft = left - GAP - size.w >= leftEnd;
    const fitsRight = right + GAP + size.w <= rightEnd;
    if (fitsLeft && (port.nic || !fitsRight)) {
      placed.push({ port, x: left - GAP - size.w / 2, size });
      left -= GAP + size.w;
    } else if (fitsRight) {
      placed.push({ port, x: right + GAP + size.w / 2, size });
      right += GAP + size.w;
    } else hidden.push(port);
  }
  return { placed, hidden, moreAt: (right ?? 0) + reserved / 2 + GAP / 2 };
}

function sizeOf(port: GraphPort, plates: boolean): { w: number; h: number } {
  if (port.nic) return nicSize({ plates });
  return { w: Math.ceil(portName(port).length * 10.5 * MONO_EM) + PORT_PAD, h: PORT_HEIGHT };
}

function toneOf(port: GraphPort): Tone {
  if (port.remark !== '') return 'warn';
  if (port.idle) return 'faint';
  return port.down ? 'bad' : 'plain';
}

/** Who is counted instead of drawn still shows that something is wrong with it. */
const tonesThatShow: readonly Tone[] = ['bad', 'warn'];

function morePorts(
  nodeId: string,
  hidden: readonly GraphPort[],
  at: Point,
  plates: boolean,
  marks: readonly Mark[],
): { box: Box; text: Text } {
  const tones = hidden.map(toneOf);
  const tone = tonesThatShow.find((each) => tones.includes(each)) ?? 'plain';
  const box: Box = {
    id: `moreports:${nodeId}`,
    kind: 'port',
    ...at,
    ...(plates ? MORE : COMPACT_MORE),
    tone,
    marks,
    // The node's inspector and the tree name them all.
    selects: { kind: 'node', id: nodeId },
    nodeId,
  };
  const text: Text = {
    id: `moreports:${nodeId}`,
    ...at,
    text: `+${String(hidden.length)}`,
    anchor: 'center',
    style: 'small',
    tone,
    marks,
    age: null,
    owner: box.id,
  };
  return { box, text };
}

function portName(port: GraphPort): string {
  return middleEllipsis(port.name, PORT_COLUMNS) + (port.down ? ' ↓' : '');
}

function portTexts(port: GraphPort, at: Point, plates: boolean, marks: readonly Mark[]): Text[] {
  const text = (id: string, rest: Omit<Text, 'id' | 'marks' | 'age' | 'owner' | 'anchor' | 'x'>): Text => ({
    id: `${id}:${port.id}`,
    x: at.x,
    anchor: 'center',
    marks,
    age: null,
    owner: port.id,
    ...rest,
  });
  const tone = toneOf(port);
  if (!port.nic) return [text('port', { y: at.y, text: portName(port), style: 'small', tone })];
  const ink = tone === 'plain' ? 'bright' : tone;
  if (!plates) {
    const name = middleEllipsis(port.name, 10) + (port.down ? ' ↓' : '');
    return [text('port', { y: at.y, text: name, style: 'mono', tone: ink })];
  }
  const under = port.down ? 'link down' : port.mtu === null ? '' : `mtu ${String(port.mtu)}`;
  return [
    text('port', { y: at.y - (under === '' ? 0 : 7), text: portName(port), style: 'mono', tone: ink }),
    ...(under === ''
      ? []
      : [text('mtu', { y: at.y + 8, text: under, style: 'small', tone: port.down ? 'bad' : 'faint' })]),
  ];
}
