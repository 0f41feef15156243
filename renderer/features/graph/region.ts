// One node's region: header, Pods, routing plate, ports at the rim. The origin is its upper left corner;
// place() moves it. Regions below the wire are turned over: ports at the upper rim.
import { middleEllipsis } from '../../state/text.ts';
import { countTrouble, worstTrouble } from '../../state/pod-trouble.ts';
import type { Density } from './density.ts';
import type { GraphNode, GraphTag } from './picture.ts';
import { cellCount, type RegionPlan } from './region-plan.ts';
import {
  type Box,
  type Drawing,
  type Line,
  type Mark,
  monoColumns,
  type Point,
  type Text,
} from './shapes.ts';
import { farTexts } from './region-far.ts';
import { drawPods } from './region-pods.ts';
import { drawPlate, plateHeight } from './region-plate.ts';
import { drawRim, nicSize, type Rim } from './region-rim.ts';

const PLATE_TO_RIM = 36;
const PODS_TO_PLATE = 30;

export interface RegionDrawing extends Drawing {
  readonly w: number;
  readonly h: number;
  readonly outlets: Rim['outlets'];
}

export function regionWidth(density: Density, podColumns: number): number {
  return 2 * density.pad + podColumns * density.cell.w + (podColumns - 1) * density.gap.x;
}

export function regionHeight(plan: RegionPlan): number {
  const { density, lower, node } = plan;
  const nicHalf = nicSize(density).h / 2;
  if (lower) return nicHalf + density.header + plateHeight(node, density) + density.pad;
  const rows = podRows(plan);
  const pods = rows * density.cell.h + Math.max(0, rows - 1) * density.gap.y;
  const plate = plateHeight(node, density);
  const toPlate = rows > 0 && plate > 0 ? PODS_TO_PLATE + (density.name === 'full' ? 12 : 0) : 0;
  return density.header + pods + toPlate + plate + (density.plates ? PLATE_TO_RIM : nicHalf + 12);
}

function podRows(plan: RegionPlan): number {
  return Math.ceil(cellCount(plan) / plan.podColumns);
}

/** Draws at a given size, so that regions of one row are equally high. */
export function drawRegion(plan: RegionPlan, at: Point, size: { w: number; h: number }): RegionDrawing {
  const { node, density } = plan;
  const marks: readonly Mark[] = [
    ...(node.dimmed ? (['dimmed'] as const) : []),
    ...(plan.lower ? (['lower'] as const) : []),
  ];
  const rimY = plan.lower ? at.y : at.y + size.h;
  const rim = drawRim(plan, { x: at.x + size.w / 2, y: rimY }, size.w, marks);
  const nic = rim.boxes.find((box) => box.kind === 'nic');
  const headerTop = plan.lower ? at.y + nicSize(density).h / 2 - 4 : at.y;
  const region: Box = {
    id: node.id,
    kind: 'region',
    x: at.x + size.w / 2,
    y: at.y + size.h / 2,
    ...size,
    tone: node.tone,
    marks,
    selects: node.known ? { kind: 'node', id: node.id } : null,
    nodeId: node.id,
  };
  const plateY = plan.lower ? headerTop + density.header : rimY - PLATE_TO_RIM - plateHeight(node, density);
  const plate = drawPlate(
    node,
    density,
    { x: at.x + density.pad, y: plateY },
    size.w - 2 * density.pad,
    marks,
  );
  const hub = plate.box ?? nic ?? null;
  const pods = plan.lower
    ? { boxes: [], lines: [], texts: [] }
    : drawPods(plan, { x: at.x + density.pad, y: at.y + density.header }, hub, marks);
  const uplinks =
    plate.box === null || nic === undefined ? [] : [uplinkOf(node, plate.box, nic, plan.lower, marks)];
  return {
    ...size,
    boxes: [region, ...rim.boxes, ...(plate.box === null ? [] : [plate.box]), ...pods.boxes],
    lines: [...uplinks, ...pods.lines],
    texts: [
      ...headerTexts(plan, { x: at.x, y: headerTop }, size, marks),
      ...farTexts(node, ...farRoom(plan, at, size)).map((line, index) => ({
        id: `far${String(index)}:${node.id}`,
        marks,
        age: null,
        owner: node.id,
        ...line,
      })),
      ...rim.texts,
      ...plate.texts,
      ...pods.texts,
    ],
    outlets: rim.outlets,
  };
}

function uplinkOf(node: GraphNode, plate: Box, nic: Box, lower: boolean, marks: readonly Mark[]): Line {
  const side = lower ? -1 : 1;
  return {
    id: `uplink:${node.id}`,
    kind: 'uplink',
    source: plate.id,
    target: nic.id,
    from: { x: nic.x, y: plate.y + (side * plate.h) / 2 },
    to: { x: nic.x, y: nic.y - (side * nic.h) / 2 },
    via: [],
    tone: nic.tone === 'bad' ? 'bad' : 'plain',
    marks,
    selects: null,
  };
}

function headerTexts(
  plan: RegionPlan,
  at: Point,
  size: { w: number; h: number },
  marks: readonly Mark[],
): Text[] {
  const { node, density } = plan;
  const compact = !density.plates;
  const left = at.x + density.pad;
  const right = at.x + size.w - density.pad;
  const room = compact || plan.lower ? (size.w - 2 * density.pad) / 2 - (plan.lower ? 12 : 0) : size.w * 0.5;
  const titleY = at.y + (compact ? 18 : 24);
  const notes: GraphTag[] = [...node.tags, ...troubleTag(plan)];
  if (node.hostNetworkPods > 0 && notes.length < 2 && !compact) {
    const text = `+${String(node.hostNetworkPods)} on the host network`;
    notes.push({ text, tone: 'faint', said: text, age: null });
  }
  // The second line of notes stands at its right end.
  const crowded = compact || node.network === '' || notes.length > 1;
  const addressed = `${node.address} · ${node.network}`;
  // A note's frame reaches down to the address.
  const noteColumns = notes[0] === undefined ? 0 : notes[0].text.length + 2;
  const columns = monoColumns(size.w - 2 * density.pad, 10.5) - noteColumns;
  // Turned over, the uplink runs down the middle of the header: nothing is written across it.
  const beside =
    !crowded && plan.lower && notes.length === 0 && node.network.length <= monoColumns(room, 10.5);
  const together = !crowded && !plan.lower && addressed.length <= columns;
  const text = (
    id: string,
    rest: Omit<Text, 'id' | 'marks' | 'age' | 'owner'> & Partial<Pick<Text, 'age'>>,
  ): Text => ({
    id: `${id}:${node.id}`,
    marks,
    age: null,
    owner: node.id,
    ...rest,
  });
  return [
    text('title', {
      x: left,
      y: titleY,
      text: middleEllipsis(
        node.label,
        monoColumns(compact ? size.w - 2 * density.pad : room, compact ? 12 : 13),
      ),
      anchor: 'left',
      style: 'title',
      tone: 'bright',
    }),
    text('address', {
      x: left,
      y: titleY + 17,
      text: together ? addressed : node.address,
      anchor: 'left',
      style: 'small',
      tone: 'plain',
    }),
    ...(beside
      ? [
          text('network', {
            x: right,
            y: titleY + 17,
            text: node.network,
            anchor: 'right',
            style: 'small',
            tone: 'plain',
          }),
        ]
      : []),
    ...notes.slice(0, compact ? 1 : 2).map((note, index) =>
      text(`tag${String(index)}`, {
        x: right - 4,
        y: compact ? titleY + 17 : titleY + index * 21 - (plan.lower ? 2 : 0),
        text: middleEllipsis(note.text, monoColumns(compact ? size.w * 0.5 : room, 10.5)),
        age: note.age,
        anchor: 'right',
        style: 'tag',
        tone: note.tone,
      }),
    ),
  ];
}

/** What a NIC that reaches in leaves free: its middle and its size. */
function farRoom(
  plan: RegionPlan,
  at: Point,
  { w, h }: { w: number; h: number },
): [Point, { w: number; h: number }] {
  const nicHalf = nicSize(plan.density).h / 2;
  const y = at.y + (h + (plan.lower ? nicHalf : -nicHalf)) / 2;
  return [
    { x: at.x + w / 2, y },
    { w, h: h - nicHalf },
  ];
}

/** Where every Pod has a card, the cards say it. */
function troubleTag({ node, folded }: RegionPlan): GraphTag[] {
  const trouble = folded.length === 0 ? null : worstTrouble(countTrouble(node.pods));
  if (trouble === null) return [];
  const text = `Pods: ${trouble.text}`;
  return [{ text, tone: trouble.tone, said: text, age: null }];
}
