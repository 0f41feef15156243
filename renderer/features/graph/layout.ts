// Where everything stands. Ours instead of a library's: the same cluster always looks the same, and what
// comes or goes moves nothing else. Pure: the last layout's memory comes in and goes out.
import { densitiesFor, type Density, UNFOLDED_SEATS } from './density.ts';
import { arrange, type Arranged, type Arrangement, type Viewport } from './arrange.ts';
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

export const noMemory: LayoutMemory = {
  density: null,
  arrangement: null,
  seats: new Map(),
  uppers: new Set(),
};

export interface LayoutInput {
  readonly picture: Picture;
  readonly viewport: Viewport;
  readonly unfolded: ReadonlySet<string>;
  /** Pods that have a card however many there are: the selected one, and those that a traced path goes through. */
  readonly pinnedPods: ReadonlySet<string>;
}

export interface Layout extends Drawing {
  readonly memory: LayoutMemory;
  readonly width: number;
  readonly height: number;
  readonly density: Density['name'];
}

/** Text is 11 px high at zoom 1; below this zoom a more compact form says more. */
const LEGIBLE_ZOOM = 0.7;
/** A form that was legible is kept a little longer, so that one Pod more does not change the whole picture. */
const STILL_LEGIBLE_ZOOM = 0.6;

export function layOut(input: LayoutInput, memory: LayoutMemory): Layout {
  const { picture } = input;
  const { uppers, lowers } = divide(picture.nodes, memory.uppers);
  const mostPods = Math.max(0, ...picture.nodes.map((node) => node.podCount));
  let chosen: Candidate | null = null;
  for (const density of densitiesFor(picture.nodes.length, mostPods)) {
    const candidate = planAll(input, memory, density, uppers, lowers);
    const enough = density.name === memory.density ? STILL_LEGIBLE_ZOOM : LEGIBLE_ZOOM;
    if (chosen === null || candidate.arranged.zoom > chosen.arranged.zoom * WORTH_A_CHANGE)
      chosen = candidate;
    if (chosen.arranged.zoom >= enough) break;
  }
  if (chosen === null) throw new Error('there is always a density to try');
  return draw(picture, chosen, memory, uppers);
}

/** Less detail must buy this much more size. */
const WORTH_A_CHANGE = 1.1;

interface Candidate {
  readonly density: Density;
  readonly arranged: Arranged;
  readonly seats: ReadonlyMap<string, readonly (string | null)[]>;
}

function planAll(
  input: LayoutInput,
  memory: LayoutMemory,
  density: Density,
  uppers: readonly GraphNode[],
  lowers: readonly GraphNode[],
): Candidate {
  const { picture } = input;
  const seats = new Map<string, readonly (string | null)[]>();
  const plan = (node: GraphNode, lower: boolean): RegionPlan => {
    const planned = planRegion(node, lower, density, input, memory.seats.get(node.id) ?? []);
    seats.set(
      node.id,
      planned.seats.map((pod) => pod?.id ?? null),
    );
    return planned;
  };
  const arranged = arrange(
    {
      uppers: uppers.map((node) => plan(node, false)),
      lowers: lowers.map((node) => plan(node, true)),
      density,
      arcRoom: arcRoom(
        picture,
        uppers.map((node) => node.id),
      ),
      wires: Math.max(1, drawnWires(picture)),
    },
    input.viewport,
    memory.density === density.name ? memory.arrangement : null,
  );
  return { density, arranged, seats };
}

function draw(
  picture: Picture,
  chosen: Candidate,
  memory: LayoutMemory,
  uppers: readonly GraphNode[],
): Layout {
  const { arranged, density, seats } = chosen;
  const regions = arranged.places.map((place) =>
    drawRegion(place.plan, { x: place.x, y: place.y }, { w: place.w, h: place.h }),
  );
  const wires = drawWires(picture, arranged, outletsOf(regions), density);
  const arcs = drawArcs(picture, arranged);
  return {
    boxes: [...regions.flatMap((region) => region.boxes), ...wires.boxes],
    lines: [...arcs.lines, ...wires.lines, ...regions.flatMap((region) => region.lines)],
    texts: [...wires.texts, ...regions.flatMap((region) => region.texts), ...arcs.texts],
    memory: {
      density: density.name,
      arrangement: arranged.arrangement,
      seats,
      uppers: new Set([
        ...memory.uppers,
        ...uppers.filter((node) => node.podCount > 0).map((node) => node.id),
      ]),
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
  const isLower = (node: GraphNode): boolean => node.known && node.podCount === 0 && !stoodAbove.has(node.id);
  const lowers = nodes.filter(isLower);
  const uppers = nodes.filter((node) => !isLower(node));
  return lowers.length > 0 && uppers.length >= lowers.length
    ? { uppers, lowers }
    : { uppers: nodes, lowers: [] };
}

function planRegion(
  node: GraphNode,
  lower: boolean,
  density: Density,
  input: LayoutInput,
  previous: readonly (string | null)[],
): RegionPlan {
  const unfolded = input.unfolded.has(node.id) && node.pods.length > density.seats;
  const limit = unfolded
    ? UNFOLDED_SEATS
    : node.pods.length > density.seats
      ? density.seats - 1
      : density.seats;
  const byId = new Map<string, GraphPod>(node.pods.map((pod) => [pod.id, pod]));
  const seating = takeSeats(previous, [...byId.keys()], limit, alwaysSeen(node, input.pinnedPods));
  const podOf = (id: string | null): GraphPod | null => (id === null ? null : (byId.get(id) ?? null));
  return {
    node,
    seats: seating.seats.map(podOf),
    folded: seating.folded.flatMap((id) => podOf(id) ?? []),
    unfolded,
    podColumns: 2,
    lower,
    density,
  };
}

/** The pinned Pods, then what is down, then what is not well. */
function alwaysSeen({ pods }: GraphNode, pinned: ReadonlySet<string>): string[] {
  const inTone = (tone: GraphPod['tone']): string[] =>
    pods.filter((pod) => pod.tone === tone).map((pod) => pod.id);
  const own = pods.filter(({ id }) => pinned.has(id)).map(({ id }) => id);
  return [...own, ...inTone('bad'), ...inTone('warn')];
}

function outletsOf(regions: readonly RegionDrawing[]): RegionDrawing['outlets'] {
  return new Map(regions.flatMap((region) => [...region.outlets]));
}
