// Shapes → Cytoscape's elements, as plain values that can be compared, so that only what changed is touched.
import type { Box, Drawing, Line, Point, Text } from './shapes.ts';

export interface Element {
  readonly group: 'nodes' | 'edges';
  readonly id: string;
  readonly fields: Readonly<Record<string, string | number | readonly number[]>>;
  readonly position: Point | null;
  readonly classes: string;
  /** Two elements with equal signatures look the same. */
  readonly signature: string;
}

export function toElements(drawing: Drawing): Element[] {
  const centres = new Map<string, Point>(drawing.boxes.map((box) => [box.id, box]));
  return [
    ...drawing.boxes.map(boxElement),
    ...drawing.lines.flatMap((line) => lineElement(line, centres)),
    ...drawing.texts.filter((text) => text.text !== '').map(textElement),
  ];
}

function boxElement(box: Box): Element {
  return element('nodes', box.id, { w: box.w, h: box.h }, box, [
    'box',
    box.kind,
    `tone-${box.tone}`,
    ...box.marks,
  ]);
}

/** A text's element beside the box or line of the same id. */
export function textId(id: string): string {
  return `text:${id}`;
}

function textElement(text: Text): Element {
  return element('nodes', textId(text.id), { text: text.text }, text, [
    'text',
    `style-${text.style}`,
    `anchor-${text.anchor}`,
    `ink-${text.tone}`,
    ...text.marks,
  ]);
}

function lineElement(line: Line, centres: ReadonlyMap<string, Point>): Element[] {
  const source = centres.get(line.source);
  const target = centres.get(line.target);
  if (source === undefined || target === undefined) return [];
  const bend = line.via.map((point) => relativeTo(line.from, line.to, point));
  const fields = {
    source: line.source,
    target: line.target,
    from: endpoint(line.from, source),
    to: endpoint(line.to, target),
    ...(bend.length === 0
      ? {}
      : { weights: bend.map((each) => each.weight), distances: bend.map((each) => each.distance) }),
  };
  const arc = line.kind === 'arc' || line.kind === 'arc-behind';
  const shape = arc ? 'curved' : bend.length === 0 ? 'straight' : 'cornered';
  return [
    element('edges', line.id, fields, null, [
      'line',
      arc ? `arc ${line.kind}` : line.kind,
      shape,
      `tone-${line.tone}`,
      ...line.marks,
    ]),
  ];
}

function element(
  group: Element['group'],
  id: string,
  fields: Element['fields'],
  position: Point | null,
  classes: readonly string[],
): Element {
  const place = position === null ? null : { x: position.x, y: position.y };
  const joined = classes.join(' ');
  return {
    group,
    id,
    fields,
    position: place,
    classes: joined,
    signature: JSON.stringify([fields, place, joined]),
  };
}

function endpoint(point: Point, centre: Point): string {
  return `${round(point.x - centre.x)}px ${round(point.y - centre.y)}px`;
}

function round(value: number): string {
  return value.toFixed(2);
}

/**
 * A point as Cytoscape wants the corners and control points of an edge: how far along from one endpoint to the
 * other, and how far off that line (positive to the right of the direction, y pointing down).
 */
export function relativeTo(from: Point, to: Point, point: Point): { weight: number; distance: number } {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy);
  if (length === 0) return { weight: 0, distance: 0 };
  const px = point.x - from.x;
  const py = point.y - from.y;
  return {
    weight: (px * dx + py * dy) / (length * length),
    distance: (-px * dy + py * dx) / length,
  };
}
