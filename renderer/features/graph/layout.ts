// Where everything stands. Ours instead of a library's: the same cluster always looks the same, and what
// comes or goes moves nothing else. Pure: the last layout's memory comes in and goes out.
import { chooseDensity, type Density, UNFOLDED_SEATS } from './density.ts';
import { arrange, type Arrangement, type Viewport } from './arrange.ts';
import { drawArcs, arcRoom } from './draw-arcs.ts';
import { drawWires } from './draw-wires.ts';
import type { GraphNode, GraphPod, Picture } from './picture.ts';
import { drawRegion, type RegionDrawing } from './region.ts';
import type { RegionPlan } from './region-plan.ts';
import { takeSeats } from './seats.ts';
import type { Drawing } from './shapes.ts';

export interface LayoutMemory {
  readonly density: Density['name'] | null;
  readonly arrangement: Arrangement | null;
  readonly seats: ReadonlyMap<string, readonly (string | null)[]>;
  /** Nodes that stood above the wire once; a worker that loses its last Pod does not jump below it. */
  readonly uppers: ReadonlySet<string>;
}

export const noMemory: LayoutMemory = { density: null, arrangement: null, seats: new Map(), uppers: new Set() };

export interface LayoutInput {
  readonly picture: Picture;
  readonly viewport: Viewport;
  readonly unfolded: ReadonlySet<string>;
  readonly pinnedPod: string | null;
}

export interface Layout extends Drawing {
  readonly memory: LayoutMemory;
  readonly width: number;
  readonly height: number;
  readonly density: Density['name'];
}

export function layOut(input: LayoutInput, memory: LayoutMemory): Layout {
  const { picture } = input;
  const pods = picture.nodes.reduce((sum, node) => sum + node.podCount, 0);
  const density = chooseDensity(picture.nodes.length, pods, memory.density);
  const { uppers, lowers } = divide(picture.nodes, memory.uppers);
  const seats = new Map<string, readonly (string | null)[]>();
  const plan = (node: GraphNode, lower: boolean): RegionPlan => {
    const planned = planRegion(node, lower, density, input, memory.seats.get(node.id) ?? []);
    seats.set(node.id, planned.seats.map((pod) => pod?.id ?? null));
    return planned;
  };
  const upperPlans = uppers.map((node) => plan(node, false));
  const lowerPlans = lowers.map((node) => plan(node, true));
  const room = arcRoom(picture.arcs, uppers.map((node) => node.id));
  const arranged = arrange(
    { uppers: upperPlans, lowers: lowerPlans, density, arcRoom: room, wires: Math.max(1, drawnWires(picture)) },
    input.viewport,
    memory.arrangement,
  );
  const regions = arranged.places.map((place) => drawRegion(place.plan, place, place));
  const wires = drawWires(picture, arranged, outletsOf(regions));
  const arcs = drawArcs(picture.arcs, arranged);
  return {
    boxes: [...regions.flatMap((region) => region.boxes), ...wires.boxes],
    lines: [...arcs.lines, ...wires.lines, ...regions.flatMap((region) => region.lines)],
    texts: [...wires.texts, ...regions.flatMap((region) => region.texts), ...arcs.texts],
    memory: {
      density: density.name,
      arrangement: arranged.arrangement,
      seats,
      uppers: new Set([...memory.uppers, ...uppers.map((node) => node.id)]),
    },
    width: arranged.width,
    height: arranged.height,
    density: density.name,
  };
}

/** Wires that two NICs share; beyond a few they are no longer told apart by eye. */
const WIRES_SHOWN = 4;

export function drawnWires(picture: Picture): number {
  const shared = picture.wires.filter((wire) => wire.members > 1 || picture.nodes.length === 1);
  return Math.min(WIRES_SHOWN, shared.length);
}

/** Nodes without Pods (a control plane, as a rule) stand below the wire, where they need little room. */
function divide(
  nodes: readonly GraphNode[],
  stoodAbove: ReadonlySet<string>,
): { uppers: readonly GraphNode[]; lowers: readonly GraphNode[] } {
  const isLower = (node: GraphNode): boolean => node.podCount === 0 && !stoodAbove.has(node.id);
  const lowers = nodes.filter(isLower);
  const uppers = nodes.filter((node) => !isLower(node));
  return lowers.length > 0 && uppers.length >= lowers.length ? { uppers, lowers } : { uppers: nodes, lowers: [] };
}

function planRegion(
  node: GraphNode,
  lower: boolean,
  density: Density,
  input: LayoutInput,
  previous: readonly (string | null)[],
): RegionPlan {
  const unfolded = input.unfolded.has(node.id) && node.pods.length > density.seats;
  const limit = unfolded ? UNFOLDED_SEATS : node.pods.length > density.seats ? density.seats - 1 : density.seats;
  const byId = new Map<string, GraphPod>(node.pods.map((pod) => [pod.id, pod]));
  const seating = takeSeats(previous, [...byId.keys()], limit, input.pinnedPod);
  return {
    node,
    seats: seating.seats.map((id) => (id === null ? null : (byId.get(id) ?? null))),
    folded: seating.folded,
    unfolded,
    podColumns: 2,
    lower,
    density,
  };
}

function outletsOf(regions: readonly RegionDrawing[]): RegionDrawing['outlets'] {
  return new Map(regions.flatMap((region) => [...region.outlets]));
}
