// BGP sessions as arcs: over a row between its regions, beside the wire between a row and the one below it.
import type { Arranged, Place } from './arrange.ts';
import type { GraphArc, Picture } from './picture.ts';
import type { Line, Point, Text } from './shapes.ts';

/** Labels of more arcs than this would lie on each other; then only what is selected or broken speaks. */
const LABELLED = 3;
const FIRST_LIFT = 34;
const LIFT_A_STEP = 26;
const MOST_STEPS = 3;
const LABEL_HEIGHT = 30;
/** Where an arc past the wire leaves its region, above the rounded corner. */
const FROM_CORNER = 44;
const BULGE = 20;

/** The height that the arcs above a row need. */
export function arcRoom(
  { arcs, crowded }: Pick<Picture, 'arcs' | 'crowded'>,
  uppers: readonly string[],
): number {
  // Always the same, so that putting a node in focus moves nothing.
  if (crowded) return FIRST_LIFT + 8;
  const order = new Map(uppers.map((id, index) => [id, index]));
  const spans = arcs.flatMap((arc) => {
    const a = order.get(arc.a);
    const b = order.get(arc.b);
    return a === undefined || b === undefined ? [] : [Math.abs(a - b)];
  });
  if (spans.length === 0) return 8;
  const labels = arcs.length <= LABELLED ? LABEL_HEIGHT : 8;
  return lift(Math.min(Math.max(...spans), uppers.length)) + labels;
}

function lift(span: number): number {
  return FIRST_LIFT + LIFT_A_STEP * (Math.min(MOST_STEPS, span) - 1);
}

export function drawArcs(
  { arcs, crowded }: Pick<Picture, 'arcs' | 'crowded'>,
  arranged: Arranged,
): { lines: Line[]; texts: Text[] } {
  const places = new Map(arranged.places.map((place) => [place.plan.node.id, place]));
  const lines: Line[] = [];
  const texts: Text[] = [];
  const labelled = arcs.length <= LABELLED;
  for (const arc of arcs) {
    const a = places.get(arc.a);
    const b = places.get(arc.b);
    if (a === undefined || b === undefined) continue;
    const [first, second] = a.row < b.row || (a.row === b.row && a.column <= b.column) ? [a, b] : [b, a];
    const arcShape = shapeOf(first, second, arranged.width, crowded);
    const dimmed = first.plan.node.dimmed || second.plan.node.dimmed;
    lines.push({
      id: arc.id,
      kind: second.row - first.row > 1 ? 'arc-behind' : 'arc',
      source: first.plan.node.id,
      target: second.plan.node.id,
      from: arcShape.from,
      to: arcShape.to,
      via: [arcShape.control],
      tone: arc.tone,
      marks: dimmed ? ['dimmed'] : [],
      selects: arc.selects,
    });
    if (labelled) texts.push(...labelOf(arc, arcShape, dimmed));
  }
  return { lines, texts };
}

function shapeOf(first: Place, second: Place, width: number, crowded: boolean): ArcShape {
  if (second.plan.lower && !first.plan.lower) return besideWire(first, second, width);
  return first.row === second.row ? overRow(first, second, crowded) : betweenRows(first, second);
}

interface ArcShape {
  readonly from: Point;
  readonly to: Point;
  readonly control: Point;
  readonly label: Point;
  readonly stacked: boolean;
  readonly anchor: Text['anchor'];
}

function overRow(first: Place, second: Place, crowded: boolean): ArcShape {
  const from = { x: first.x + first.w * 0.6, y: first.y };
  const to = { x: second.x + second.w * 0.4, y: second.y };
  const height = crowded ? FIRST_LIFT : lift(second.column - first.column);
  const middle = (from.x + to.x) / 2;
  return {
    from,
    to,
    // A quadratic curve reaches half its control point's height.
    control: { x: middle, y: first.y - 2 * height },
    label: { x: middle, y: first.y - height - 12 },
    stacked: false,
    anchor: 'center',
  };
}

/** From the outer side of the upper region, where no port stands, past the wire to the lower one's side that faces it. */
function besideWire(first: Place, second: Place, width: number): ArcShape {
  const leftward = first.x + first.w / 2 <= second.x + second.w / 2;
  const side = leftward ? -1 : 1;
  const from = { x: leftward ? first.x : first.x + first.w, y: first.y + first.h - FROM_CORNER };
  const to = { x: second.x + second.w / 2 + (side * second.w) / 2, y: second.y + second.h * 0.55 };
  const free = leftward ? second.x : width - second.x - second.w;
  return {
    from,
    to,
    control: { x: from.x + side * BULGE, y: to.y + 6 },
    label: { x: leftward ? to.x - Math.min(free, 24) : to.x + Math.min(free, 24), y: to.y + 26 },
    stacked: true,
    anchor: leftward ? 'right' : 'left',
  };
}

/** Straight through the gap between two rows; further down it passes behind the regions. */
function betweenRows(first: Place, second: Place): ArcShape {
  const from = { x: first.x + first.w * 0.68, y: first.y + first.h };
  const to = { x: second.x + second.w * 0.68, y: second.y };
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  return {
    from,
    to,
    control: { x: middle.x + 14, y: middle.y },
    label: { x: middle.x + 14, y: to.y - 14 },
    stacked: false,
    anchor: 'left',
  };
}

function labelOf(arc: GraphArc, shape: ArcShape, dimmed: boolean): Text[] {
  const text = (part: string, content: string, y: number): Text => ({
    id: `arctext${part}:${arc.id}`,
    x: shape.label.x,
    y,
    text: content,
    anchor: shape.anchor,
    style: 'arc',
    tone: arc.tone,
    marks: dimmed ? ['dimmed'] : [],
    age: null,
    owner: arc.id,
  });
  if (!shape.stacked) {
    return [text('', [arc.label, ...arc.details].join(' · '), shape.label.y)];
  }
  return [arc.label, ...arc.details].map((part, index) =>
    text(String(index), part, shape.label.y + index * 15),
  );
}
