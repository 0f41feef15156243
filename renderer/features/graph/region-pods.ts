// The Pods of a region, each tied to the node's routing plane by its veth pair. Cards stand over the plate,
// their lines going straight down; chips stand in pairs of columns on either side of a spine.
import { countTrouble, worstTrouble } from '../../state/pod-trouble.ts';
import { countText, middleEllipsis, shortAddress } from '../../state/text.ts';
import type { GraphPod } from './picture.ts';
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

/** From a card's left edge to where its veth leaves. */
const VETH_INSET = 20;
const CARD_PAD = 11;

export function drawPods(plan: RegionPlan, at: Point, hub: Box | null, marks: readonly Mark[]): Drawing {
  const boxes: Box[] = [];
  const lines: Line[] = [];
  const texts: Text[] = [];
  plan.seats.forEach((pod, seat) => {
    if (pod === null) return;
    const box = cellBox(plan, at, seat, pod, marks);
    boxes.push(box);
    texts.push(...podTexts(plan, pod, box));
    const line = hub === null ? null : vethOf(plan, pod, box, hub, seat, at);
    if (line !== null) lines.push(line);
  });
  if (plan.folded.length > 0 || plan.unfolded) {
    const fold = foldBox(plan, at, marks);
    boxes.push(fold.box);
    texts.push(fold.text);
  }
  return { boxes, lines, texts };
}

function cellPlace(plan: RegionPlan, at: Point, seat: number): Point {
  const { cell, gap } = plan.density;
  return {
    x: at.x + (seat % plan.podColumns) * (cell.w + gap.x) + cell.w / 2,
    y: at.y + Math.floor(seat / plan.podColumns) * (cell.h + gap.y) + cell.h / 2,
  };
}

function cellBox(plan: RegionPlan, at: Point, seat: number, pod: GraphPod, marks: readonly Mark[]): Box {
  const presence: readonly Mark[] = pod.presence === 'steady' ? [] : [pod.presence];
  return {
    id: pod.id,
    kind: 'card',
    ...cellPlace(plan, at, seat),
    ...plan.density.cell,
    tone: pod.tone,
    marks: [...marks, ...presence],
    selects: { kind: 'pod', id: pod.id },
    nodeId: plan.node.id,
  };
}

function foldBox(plan: RegionPlan, at: Point, marks: readonly Mark[]): { box: Box; text: Text } {
  const worst = worstTrouble(countTrouble(plan.folded));
  const box: Box = {
    id: `fold:${plan.node.id}`,
    kind: 'fold',
    ...cellPlace(plan, at, plan.seats.length),
    ...plan.density.cell,
    tone: worst?.tone ?? 'plain',
    marks,
    selects: null,
    nodeId: plan.node.id,
  };
  const many = plan.folded.length;
  const rest = many > 0 ? [`+${countText(many, 'Pod', 'Pods')}`] : [];
  const parts = [...rest, ...(worst === null ? [] : [worst.text])].join(', ');
  const text: Text = {
    id: `foldtext:${plan.node.id}`,
    x: box.x,
    y: box.y,
    text: plan.unfolded ? (parts === '' ? 'show fewer' : `${parts} · fewer`) : parts,
    anchor: 'center',
    style: plan.density.plates ? 'mono' : 'small',
    tone: box.tone,
    marks,
    age: null,
    owner: box.id,
  };
  return { box, text };
}

function podTexts(plan: RegionPlan, pod: GraphPod, box: Box): Text[] {
  const left = box.x - box.w / 2 + CARD_PAD;
  const right = box.x + box.w / 2 - CARD_PAD;
  const top = box.y - box.h / 2;
  const text = (id: string, rest: Omit<Text, 'id' | 'marks' | 'age' | 'owner'>): Text => ({
    id: `${id}:${pod.id}`,
    marks: box.marks,
    age: null,
    owner: pod.id,
    ...rest,
  });
  const columns = monoColumns(box.w - 2 * CARD_PAD, 11);
  const name = (y: number, room: number): Text =>
    text('name', {
      x: left,
      y,
      text: middleEllipsis(pod.name, room),
      anchor: 'left',
      style: 'mono',
      tone: 'bright',
    });
  const host = pod.hostInterface?.name ?? '';
  const remarkTone = pod.tone === 'plain' ? 'faint' : pod.tone;
  if (!plan.density.plates) {
    const small = { x: left - 3, style: 'small', tone: pod.remark === '' ? 'bright' : pod.tone } as const;
    const room = monoColumns(box.w - 16, 10.5);
    if (plan.density.name === 'compact') return [{ ...name(box.y, room), ...small }];
    const last = pod.remark === '' ? shortAddress(pod.address) : pod.remark;
    return [
      { ...name(box.y, room - last.length - 1), ...small },
      text('ip', { x: right + 3, y: box.y, text: last, anchor: 'right', style: 'small', tone: remarkTone }),
    ];
  }
  const address = (y: number): Text =>
    text('ip', {
      x: left,
      y,
      text: middleEllipsis(pod.address, columns),
      anchor: 'left',
      style: 'mono',
      tone: 'plain',
    });
  if (plan.density.name === 'dense') {
    const second = pod.remark === '' ? host : pod.remark;
    return [
      name(top + 13, columns),
      { ...address(top + 28), style: 'small' },
      text('veth', {
        x: right,
        y: top + 28,
        text: middleEllipsis(second, 16),
        anchor: 'right',
        style: 'small',
        tone: remarkTone,
      }),
    ];
  }
  // What is odd needs the room more than that an interface is not known.
  const inner = pod.podInterface?.name ?? (pod.remark === '' ? 'interface unknown' : '');
  return [
    name(top + 15, columns),
    address(top + 32),
    text('inner', { x: left, y: top + 48, text: inner, anchor: 'left', style: 'small', tone: 'faint' }),
    text('remark', {
      x: right,
      y: top + 48,
      text: middleEllipsis(pod.remark, columns - inner.length - 1),
      anchor: 'right',
      style: 'small',
      tone: remarkTone,
    }),
    text('veth', {
      x: box.x - box.w / 2 + VETH_INSET + 8,
      y: box.y + box.h / 2 + 15,
      text: middleEllipsis(host, monoColumns(box.w - VETH_INSET - 8, 11)),
      anchor: 'left',
      style: 'mono',
      tone: pod.tone === 'plain' ? 'plain' : pod.tone,
    }),
  ];
}

function vethOf(plan: RegionPlan, pod: GraphPod, box: Box, hub: Box, seat: number, at: Point): Line | null {
  if (pod.hostInterface === null) return null;
  const line = {
    id: `veth:${pod.id}`,
    kind: 'veth' as const,
    source: box.id,
    target: hub.id,
    tone: pod.tone,
    marks: box.marks,
    selects: { kind: 'interface' as const, id: pod.hostInterface.id },
  };
  const hubTop = hub.y - hub.h / 2;
  if (plan.density.name === 'full') {
    const x = box.x - box.w / 2 + VETH_INSET;
    const from = { x, y: box.y + box.h / 2 };
    const lastRow =
      Math.floor(seat / plan.podColumns) === Math.floor((cellCount(plan) - 1) / plan.podColumns);
    if (lastRow) return { ...line, from, to: { x, y: hubTop }, via: [] };
    const gutter = box.x - box.w / 2 - plan.density.gap.x / 2;
    const turn = from.y + 7;
    return {
      ...line,
      from,
      to: { x: gutter, y: hubTop },
      via: [
        { x, y: turn },
        { x: gutter, y: turn },
      ],
    };
  }
  // Chips: even columns leave to the right, odd ones to the left, into the spine between them.
  const column = seat % plan.podColumns;
  const even = column % 2 === 0;
  const spine =
    at.x +
    (column - (even ? 0 : 1)) * (plan.density.cell.w + plan.density.gap.x) +
    plan.density.cell.w +
    plan.density.gap.x / 2;
  const from = { x: box.x + ((even ? 1 : -1) * box.w) / 2, y: box.y };
  if (hub.kind === 'plate')
    return { ...line, from, to: { x: spine, y: hubTop }, via: [{ x: spine, y: box.y }] };
  // Without a plate the spines meet at the NIC; the middle one falls straight into it.
  if (Math.abs(spine - hub.x) < hub.w / 2) {
    return { ...line, from, to: { x: spine, y: hubTop }, via: [{ x: spine, y: box.y }] };
  }
  const turn = hubTop - 6;
  return {
    ...line,
    from,
    to: { x: hub.x, y: hubTop },
    via: [
      { x: spine, y: box.y },
      { x: spine, y: turn },
      { x: hub.x, y: turn },
    ],
  };
}
